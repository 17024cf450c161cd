//! Makes `names.txt` from the tokio that `Cargo.lock` has, and the lists of
//! docs/from-tokio.md from that:
//!
//! ```text
//! cargo run -p buzzer-from-tokio-tests
//! ```
//!
//! Run it when tokio has a new version, and when a row of the page has changed. What
//! rustdoc tells of a crate is in a format that is not stable: where a new Rust has another
//! one, `rustdoc-types` has to follow.

use std::process::Command;

use buzzer_from_tokio_tests::{List, describe, locked_version, page, root};

fn main() {
    let list = List {
        version: locked_version(),
        features: features(),
        names: describe::names(&described()),
    };
    list.write().expect("names.txt can be written");
    let page = page::with_lists(&page::read(), &list.names);
    std::fs::write(page::path(), page).expect("docs/from-tokio.md can be written");
    println!("{} names", list.names.len());
}

fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// What rustdoc tells of tokio, with the features that this package asks for. What is
/// private is told too, for the signatures name types that are not public.
fn described() -> rustdoc_types::Crate {
    let target = std::env::temp_dir().join(format!("from-tokio-{}", std::process::id()));
    let status = cargo()
        .args(["rustdoc", "--quiet", "--lib", "--package", "tokio"])
        .arg("--target-dir")
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .args(["--document-private-items", "--document-hidden-items"])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "")
        .status()
        .expect("cargo can be run");
    assert!(status.success(), "rustdoc failed");
    let text = std::fs::read_to_string(target.join("doc/tokio.json")).expect("rustdoc has told");
    std::fs::remove_dir_all(&target).expect("what was built can be removed");
    let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let version = &value["format_version"];
    let known = rustdoc_types::FORMAT_VERSION;
    assert!(
        *version == known,
        "rustdoc tells in format {version}, rustdoc-types has {known}"
    );
    serde_json::from_value(value).expect("the format is known")
}

/// The features that tokio has, without the default, which every crate has, and without
/// those that are only a dependency's name.
fn features() -> Vec<String> {
    let output = cargo()
        .args(["metadata", "--format-version=1"])
        .output()
        .expect("cargo can be run");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo has told");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let tokio = packages.iter().find(|package| package["name"] == "tokio");
    let features = tokio.expect("tokio is among them")["features"].as_object();
    let features = features.expect("it has features").iter();
    let is_dependency = |name: &str, enables: &serde_json::Value| {
        *enables == serde_json::json!([format!("dep:{name}")])
    };
    let own =
        features.filter(|(name, enables)| *name != "default" && !is_dependency(name, enables));
    own.map(|(name, _)| name.clone()).collect()
}
