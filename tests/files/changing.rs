//! Trees that others change meanwhile.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use buzzer::fs;

use crate::{both_ways, kind};

#[test]
fn two_who_remove_one_tree_leave_nothing_of_it() {
    both_ways(async |dir| {
        let top = dir.join("top");
        for _ in 0..20 {
            for folder in 0..10 {
                let folder = top.join(format!("{}/{folder}", folder % 3));
                std::fs::create_dir_all(&folder).unwrap();
                for file in 0..5 {
                    std::fs::write(folder.join(file.to_string()), "").unwrap();
                }
            }
            let both = buzzer::gather!(fs::remove_dir_all(&top), fs::remove_dir_all(&top)).await;
            // Who comes too late finds nothing there.
            for removed in [both.0, both.1].map(kind) {
                assert!(matches!(removed, None | Some(ErrorKind::NotFound)));
            }
            assert!(!top.exists());
        }
    });
}

#[test]
fn a_directory_that_changes_while_it_is_read_gives_each_that_stays_once() {
    both_ways(async |dir| {
        let name = |what: &str, n: usize| dir.join(format!("{what} {n}"));
        for n in 0..1_000 {
            std::fs::write(name("stays", n), "").unwrap();
            std::fs::write(name("goes", n), "").unwrap();
        }
        let mut entries = fs::read_dir(dir).await.unwrap();
        let mut seen = BTreeSet::new();
        while let Some(entry) = entries.next_entry().await.unwrap() {
            let n = seen.len();
            assert!(seen.insert(entry.path()), "{:?} comes twice", entry.path());
            if n < 500 {
                std::fs::remove_file(name("goes", n)).unwrap();
                std::fs::write(name("is new", n), "").unwrap();
            }
        }
        assert!((0..1_000).all(|n| seen.contains(&name("stays", n))));
    });
}
