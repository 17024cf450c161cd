//! Copies of programs, of the ladder and of the library, with changes, and how they are
//! built and run.

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
    package_with(
        name,
        &format!("buzzer = {{ path = {library:?} }}\n"),
        source,
    )
}

/// A package of this name with one program, and what that depends on.
pub(crate) fn package_with(name: &str, dependencies: &str, source: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    write(&folder.join("src/main.rs"), source);
    write_manifest(&folder, name, &format!("[dependencies]\n{dependencies}"));
    folder
}

/// Files of the ladder, and what its reader changes in each.
pub(crate) type Edits<'a> = &'a [(&'a str, &'a [Change<'a>])];

/// The ladder with these changes as a package of this name, whose program is the stage. The
/// stages behind one that is changed use what that has, as they do where it is changed.
pub(crate) fn ladder(name: &str, stage: &str, edits: Edits<'_>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let ladder = root().join("examples/ladder");
    check(&ladder, edits);
    for entry in fs::read_dir(&ladder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let to = folder.join(path.file_name().unwrap());
            write(&to, &edited(&ladder, &path, edits));
        }
    }
    let manifest = fs::read_to_string(ladder.join("Cargo.toml")).unwrap();
    let from = manifest.find("[dependencies]").unwrap();
    let until = manifest.find("[[example]]").unwrap();
    let targets = format!(
        "[lib]\nname = \"ladder\"\npath = \"lib.rs\"\n\n\
         [[bin]]\nname = {name:?}\npath = \"{stage}.rs\"\n\n"
    );
    write_manifest(&folder, name, &(targets + &manifest[from..until]));
    folder
}

fn write_manifest(folder: &Path, name: &str, rest: &str) {
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let head = format!("[workspace]\n\n[package]\nname = {name:?}\nedition = \"2024\"\n\n");
    write(&folder.join("Cargo.toml"), &(head + rest));
}

/// What is there already is left as it is, so that cargo doesn't build it anew.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Builds a package and runs it. What they have compiled they share.
pub(crate) fn run(folder: &Path) -> Output {
    command(folder, "run").output().unwrap()
}

/// What has cargo build a package, and run or test it. Its arguments are cargo's.
pub(crate) fn command(folder: &Path, what: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .args([what, "--quiet", "--offline", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("target"),
        )
        // Built once and debugged by nobody: two thirds of the time, a quarter of the space.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("BUZZER_TRACE")
        // A change that a reader makes may leave a warning, which is no error then.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(folder);
    command
}

/// The program of a chapter with these changes, run.
pub(crate) fn tried(name: &str, file: &str, changes: &[Change<'_>]) -> Ran {
    let source = changed(&root().join(file), changes);
    said(run(&package(name, &root().join("executor"), &source)))
}

/// A stage of the ladder with these changes, run. Its seconds take no time.
pub(crate) fn climbed(name: &str, stage: &str, changes: &[Change<'_>]) -> Ran {
    let folder = ladder(name, stage, &[(&format!("{stage}.rs"), changes)]);
    let mut command = command(&folder, "run");
    said(command.args(["--", "--no-wait"]).output().unwrap())
}

/// Whether it ended well, and what it said on stdout and on stderr.
pub(crate) type Ran = (bool, String, String);

pub(crate) fn said(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    (output.status.success(), stdout, stderr)
}

/// The library with changes, in a folder of this name, and what belongs to it of the
/// workspace.
pub(crate) fn changed_library(name: &str, edits: Edits<'_>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let library = root().join("executor");
    check(&library, edits);
    copy(&library, &library, &folder.join("executor"), edits);
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let from = manifest.find("[workspace.package]").unwrap();
    let until = manifest.find("[package]").unwrap();
    let members = "[workspace]\nmembers = [\"executor\"]\nresolver = \"3\"\n\n";
    let manifest = format!("{members}{}", &manifest[from..until]);
    write(&folder.join("Cargo.toml"), &manifest);
    folder.join("executor")
}

/// Copies the part `from` of `whole`. What an earlier copy has and it has no more goes.
fn copy(whole: &Path, from: &Path, to: &Path, edits: Edits<'_>) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(to).unwrap() {
        let path = entry.unwrap().path();
        match (from.join(path.file_name().unwrap()).exists(), path.is_dir()) {
            (true, _) => {}
            (false, true) => fs::remove_dir_all(path).unwrap(),
            (false, false) => fs::remove_file(path).unwrap(),
        }
    }
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(whole, &path, &to, edits),
            false => write(&to, &edited(whole, &path, edits)),
        }
    }
}

/// What is to be changed is there.
fn check(folder: &Path, edits: Edits<'_>) {
    for (file, _) in edits {
        assert!(folder.join(file).is_file(), "{file}");
    }
}

/// A file of `whole` with the changes that are made in it.
fn edited(whole: &Path, path: &Path, edits: Edits<'_>) -> String {
    let of_this = edits.iter().filter(|(file, _)| whole.join(file) == path);
    let changes: Vec<_> = of_this.flat_map(|(_, changes)| *changes).copied().collect();
    changed(path, &changes)
}

/// What lies between the marks of this name in a stage of the ladder.
pub(crate) fn anchored(stage: &str, name: &str) -> String {
    let path = root().join(format!("examples/ladder/{stage}.rs"));
    let source = fs::read_to_string(path).unwrap();
    let (_, behind) = source.split_once(&format!("// ANCHOR: {name}\n")).unwrap();
    let (part, _) = behind.split_once("// ANCHOR_END").unwrap();
    part.to_owned()
}
