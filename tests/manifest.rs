//! What the library's manifest promises: four crates by default, and tokio's names of
//! features.

use std::collections::BTreeSet;
use std::fs;

/// The lines under a heading of the library's manifest, as (name, what it is).
fn section(heading: &str) -> Vec<(String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/executor/Cargo.toml");
    let manifest = fs::read_to_string(path).unwrap();
    let (_, rest) = manifest.split_once(&format!("[{heading}]\n")).unwrap();
    let lines = rest.lines().take_while(|line| !line.starts_with('['));
    let named = lines.filter(|line| !line.starts_with('#'));
    named
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, what)| (name.to_owned(), what.to_owned()))
        .collect()
}

#[test]
fn the_default_build_has_four_crates() {
    let crates: Vec<_> = section("dependencies")
        .into_iter()
        .filter(|(_, what)| !what.contains("optional = true"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(crates, ["crossbeam-channel", "libc", "mio", "slab"]);
    let features = section("features");
    assert!(!features.iter().any(|(name, _)| name == "default"));
}

#[test]
fn tokios_names_of_features_are_taken() {
    let features: BTreeSet<_> = section("features")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let of_tokio = [
        "fs",
        "full",
        "io-std",
        "io-uring",
        "io-util",
        "macros",
        "net",
        "parking_lot",
        "process",
        "rt",
        "rt-multi-thread",
        "schedule-latency",
        "signal",
        "sync",
        "taskdump",
        "test-util",
        "time",
        "tracing",
    ];
    for name in of_tokio {
        assert!(features.contains(name), "no feature {name}");
    }
}
