//! The compiler that cargo uses, for small programs with the library that a test was
//! built with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The library, and what a program was told.
pub struct Compiler {
    folder: TempDir,
    library: PathBuf,
}

/// What is compiled, and how.
#[derive(Clone, Copy)]
pub struct Program<'a> {
    pub source: &'a str,
    pub edition: &'a str,
    /// The names that it has for crates, and their files.
    pub crates: &'a [(&'a str, &'a Path)],
    pub arguments: &'a [&'a str],
}

impl Compiler {
    /// With the library that was built last of those with which `probe` compiles: it may
    /// be there for several sets of features.
    pub fn with_library_for(probe: &str) -> Self {
        let mut found: Vec<_> = fs::read_dir(deps())
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| {
                let name = entry.file_name();
                let name = name.to_str().unwrap_or_default();
                name.starts_with("libbuzzer-") && name.ends_with(".rlib")
            })
            .collect();
        found.sort_by_key(|entry| entry.metadata().unwrap().modified().unwrap());
        let compilers = found.iter().rev().map(|entry| Self {
            folder: tempfile::tempdir().unwrap(),
            library: entry.path(),
        });
        let mut works = compilers.filter(|compiler| compiler.told("buzzer", probe).is_empty());
        works.next().expect("one that this compiler has made")
    }

    /// What it says of `source`, which has the library by `name`. It is compiled as
    /// `program.rs`, with a `main` that does nothing.
    pub fn told(&self, name: &str, source: &str) -> String {
        self.compile(Program {
            source: &format!("#![allow(unused)]\n{source}\nfn main() {{}}\n"),
            edition: "2024",
            crates: &[(name, &self.library)],
            arguments: &[],
        })
    }

    /// What it says of a program.
    pub fn compile(&self, program: Program<'_>) -> String {
        let source = self.folder.path().join("program.rs");
        fs::write(&source, program.source).unwrap();
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let crates = program.crates.iter();
        let output = Command::new(rustc)
            .args(["--emit=metadata", "--color=never"])
            .arg(format!("--edition={}", program.edition))
            .arg("--out-dir")
            .arg(self.folder.path())
            .args(crates.map(|(name, file)| format!("--extern={name}={}", file.display())))
            .arg(format!("-Ldependency={}", deps().display()))
            .args(program.arguments)
            .arg(&source)
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), said.is_empty(), "{said}");
        said
    }

    #[allow(dead_code, reason = "each test file uses a part of it")]
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// What was compiled as a library of this name.
    #[allow(dead_code, reason = "each test file uses a part of it")]
    pub fn made(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("lib{name}.rmeta"))
    }
}

/// Where cargo has put what this test was built with.
fn deps() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().to_owned()
}

/// The errors that were told, without their count.
#[allow(dead_code, reason = "each test file uses a part of it")]
pub fn errors(said: &str) -> Vec<&str> {
    let errors = said.lines().filter(|line| line.starts_with("error"));
    let told = errors.filter(|line| !line.contains("aborting due to"));
    told.collect()
}
