//! The contrast: one source, run on buzzer and on tokio.
//!
//! Each scenario is a small program for tokio that notes what happens, in order, at
//! which virtual time. All of them are compiled twice, unchanged: once on tokio's
//! current_thread runtime, and once on buzzer, by a manifest that gives it the name of
//! tokio. The two transcripts must be equal. Where they are meant to differ, the
//! scenario states both, and why.
//!
//! - `scenarios/`: the programs, by theme; `lib.rs` says how one is written. Begin at
//!   `documents.rs`.
//! - `on_buzzer/`, `on_tokio/`: the manifests of the two crates that they are. They take
//!   long to build, so no other test is in a package with these.
//! - `transcript/`: writing down, laying side by side, comparing.
//! - `list/`: all scenarios by name, each a test.
//!
//! The clocks are paused, so nothing is waited for. To read all transcripts:
//!
//! ```text
//! cargo test --test contrast -- --nocapture --test-threads=1
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Makes one test of each scenario, named after it.
macro_rules! contrast {
    ($($theme:ident { $($(#[$only:meta])* $scenario:ident,)+ })+) => {
        $(
            mod $theme {
                $(
                    #[test]
                    $(#[$only])*
                    fn $scenario() {
                        transcript::compare(
                            on_buzzer::$theme::$scenario(),
                            on_tokio::$theme::$scenario(),
                        );
                    }
                )+
            }
        )+

        pub const SCENARIOS: &[(&str, &str)] =
            &[$($((stringify!($theme), stringify!($scenario))),+),+];
    };
}

mod list {
    pub mod io;
    pub mod sync;
    pub mod tasks;
}

fn is_scenario(function: &syn::ItemFn) -> bool {
    let syn::ReturnType::Type(_, output) = &function.sig.output else {
        return false;
    };
    let gives = matches!(&**output, syn::Type::Path(name) if name.path.is_ident("Transcript"));
    gives && matches!(function.vis, syn::Visibility::Public(_))
}

/// Theme and name of each scenario that was written.
fn written() -> BTreeSet<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut written = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let theme = path.file_stem().unwrap().to_str().unwrap();
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        for item in file.items {
            if let syn::Item::Fn(function) = item
                && is_scenario(&function)
            {
                written.insert((theme.to_owned(), function.sig.ident.to_string()));
            }
        }
    }
    written
}

#[test]
fn every_scenario_that_was_written_is_compared() {
    let lists = [
        list::io::SCENARIOS,
        list::sync::SCENARIOS,
        list::tasks::SCENARIOS,
    ];
    let listed: BTreeSet<_> = lists
        .concat()
        .into_iter()
        .map(|(theme, name)| (theme.to_owned(), name.to_owned()))
        .collect();
    let written = written();
    let missing: Vec<_> = written.difference(&listed).collect();
    assert!(missing.is_empty(), "these are in no list: {missing:?}");
    println!("{} scenarios are compared", listed.len());
}
