//! The page's own script, fed with runs that have any names, and with data that is cut or
//! changed: each is read or refused in words, and none keeps it busy for ever.

use std::fs;
use std::path::Path;
use std::process::Command;

/// How many runs are changed at random.
const MUTANTS: usize = 2_000;

/// Whether there is a node to run the script; if not, says in a line that the test is
/// skipped. `BUZZER_BROWSER=require` makes that a failure.
fn has_node() -> bool {
    let found = Command::new("node").arg("--version").output().is_ok();
    let is_required = std::env::var("BUZZER_BROWSER").is_ok_and(|wish| wish == "require");
    assert!(found || !is_required, "node is not installed, and required");
    if !found {
        println!("skipped: node is not installed");
    }
    found
}

#[test]
fn runs_with_any_names_are_read_and_changed_ones_read_or_refused() {
    if !has_node() {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(root.join("fuzz/corpus/names")).unwrap() {
        let file = file.unwrap();
        let data = harness::names::data(&fs::read(file.path()).unwrap());
        let data = data.unwrap_or_else(|| panic!("{:?} makes no run", file.file_name()));
        fs::write(folder.path().join(file.file_name()), data).unwrap();
    }
    let output = Command::new("node")
        .arg(root.join("page/corpus.cjs"))
        .arg(folder.path())
        .arg(MUTANTS.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    println!("{}", String::from_utf8_lossy(&output.stdout));
}
