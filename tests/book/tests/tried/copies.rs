//! Copies of programs and of the library, with changes, and how they are built and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use buzzer_book::root;

/// What is there, and what its reader writes in its place.
pub(crate) type Change<'a> = (&'a str, &'a str);

pub(crate) fn changed(file: &Path, changes: &[Change<'_>]) -> String {
    let mut source = fs::read_to_string(file).unwrap();
    for (from, to) in changes {
        let times = source.matches(from).count();
        assert_eq!(times, 1, "{from:?} in {}", file.display());
        source = source.replace(from, to);
    }
    source
}

/// A package of this name with one program, on the library that lies at `library`.
pub(crate) fn package(name: &str, library: &Path, source: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/main.rs"), source).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let manifest = format!(
        "[workspace]\n\n[package]\nname = {name:?}\nedition = \"2024\"\n\n\
         [dependencies]\nbuzzer = {{ path = {library:?} }}\n\
         ladder = {{ package = \"buzzer-ladder\", path = {:?} }}\n",
        root().join("examples/ladder")
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    folder
}

/// Builds a package and runs it. What they have compiled they share.
pub(crate) fn run(folder: &Path) -> Output {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", target())
        .env_remove("BUZZER_TRACE")
        // A change that a reader makes may leave a warning, which is no error then.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(folder)
        .output();
    output.unwrap()
}

pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("target")
}

/// The program of a chapter with these changes, run.
pub(crate) fn tried(name: &str, file: &str, changes: &[Change<'_>]) -> (bool, String, String) {
    let source = changed(&root().join(file), changes);
    let output = run(&package(name, &root().join("executor"), &source));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    (output.status.success(), stdout, stderr)
}

/// The library with a change, in a folder of this name, and what belongs to it of the
/// workspace.
pub(crate) fn changed_library(name: &str, file: &str, changes: &[Change<'_>]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    copy(&root().join("executor"), &folder.join("executor"));
    let source = changed(&root().join("executor").join(file), changes);
    fs::write(folder.join("executor").join(file), source).unwrap();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let from = manifest.find("[workspace.package]").unwrap();
    let until = manifest.find("[package]").unwrap();
    let members = "[workspace]\nmembers = [\"executor\"]\nresolver = \"3\"\n\n";
    let manifest = format!("{members}{}", &manifest[from..until]);
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    folder.join("executor")
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &to),
            false => fs::copy(&path, to).map(drop).unwrap(),
        }
    }
}
