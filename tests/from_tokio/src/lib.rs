//! Every public name of tokio, and docs/from-tokio.md, which says of each what it is here.
//!
//! - `names.txt`: the names of the version that `Cargo.lock` has, each with its probe.
//! - `main.rs`: makes that list from tokio itself, and the lists of the page from it.
//! - `describe.rs`, `text.rs`: from what rustdoc tells of a crate to names and probes.
//! - `page.rs`: the page: the rows that a person writes, the lists that follow from them.
//!
//! The test, `names.rs`, has the compiler (`compiler.rs`) try each probe on both crates.

pub mod describe;
pub mod page;
pub mod text;

use std::path::{Path, PathBuf};

/// A public name, and an item of Rust that compiles where it exists as it is in tokio.
#[derive(Clone, Debug)]
pub struct Name {
    /// The path, as `tokio::fs::File::open`; of an implementation `impl … for …`.
    pub name: String,
    pub probe: String,
}

/// The workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("../..").canonicalize().expect("this is a member")
}

/// What `names.txt` holds.
#[derive(Debug)]
pub struct List {
    pub version: String,
    pub features: Vec<String>,
    pub names: Vec<Name>,
}

const VERSION: &str = "# tokio ";
const FEATURES: &str = "# features: ";

impl List {
    pub fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("names.txt")
    }

    pub fn read() -> Self {
        let text = std::fs::read_to_string(Self::path()).expect("names.txt is beside this");
        let head = |name| {
            let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
            lines.next().expect("a line of the head")
        };
        let lines = text.lines().filter_map(|line| line.split_once(" = "));
        Self {
            version: head(VERSION).to_owned(),
            features: head(FEATURES).split(' ').map(str::to_owned).collect(),
            names: lines
                .map(|(name, probe)| Name {
                    name: name.to_owned(),
                    probe: probe.to_owned(),
                })
                .collect(),
        }
    }

    pub fn write(&self) -> std::io::Result<()> {
        let mut text = format!(
            "# Every public name of tokio and every implementation of a trait, with all its stable\n\
             # features on Linux, each with an item that compiles where it exists. Made by\n\
             # `cargo run -p buzzer-from-tokio-tests`, of\n\
             {VERSION}{}\n{FEATURES}{}\n",
            self.version,
            self.features.join(" ")
        );
        for Name { name, probe } in &self.names {
            text.push_str(&format!("{name} = {probe}\n"));
        }
        std::fs::write(Self::path(), text)
    }
}

/// The version of tokio that the lock file has.
pub fn locked_version() -> String {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock is there");
    let (_, after) = lock
        .split_once("name = \"tokio\"\nversion = \"")
        .expect("tokio is in Cargo.lock");
    let version = after.split('"').next();
    version.unwrap_or_default().to_owned()
}
