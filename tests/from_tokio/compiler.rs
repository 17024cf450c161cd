//! Has the compiler try items of Rust on a crate that stands in tokio's place.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A crate that programs are compiled against under the name `tokio`.
#[derive(Debug)]
pub struct Tokio {
    library: PathBuf,
    /// The `bytes` that it was built with.
    bytes: PathBuf,
}

/// What the compiler has said of an item that does not compile.
#[derive(Clone, Debug, Default)]
pub struct Refusal {
    pub codes: Vec<String>,
    pub text: String,
}

impl Refusal {
    /// Whether the name itself was not found, for whatever type.
    pub fn is_unknown_name(&self) -> bool {
        if self
            .text
            .contains("but its trait bounds were not satisfied")
        {
            return false;
        }
        let unknown = [
            "E0425", "E0432", "E0433", "E0576", "E0599", "E0412", "E0560", "E0609",
        ];
        self.codes
            .iter()
            .any(|code| unknown.contains(&code.as_str()))
    }
}

/// Where cargo has put what this test was built with.
fn deps() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().to_owned()
}

/// Those that cargo has made of a crate, newest first: it may be there for several sets of
/// features.
fn built(krate: &str) -> Vec<PathBuf> {
    let start = format!("lib{krate}-");
    let mut found: Vec<_> = fs::read_dir(deps())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            name.starts_with(&start) && name.ends_with(".rlib")
        })
        .collect();
    found.sort_by_key(|entry| entry.metadata().unwrap().modified().unwrap());
    found.iter().rev().map(|entry| entry.path()).collect()
}

impl Tokio {
    /// The newest of `krate` that these items compile with.
    pub fn find(krate: &str, uses: &[&str]) -> Self {
        for library in built(krate) {
            for bytes in built("bytes") {
                let library = library.clone();
                let found = Self { library, bytes };
                if found.refused(uses).is_empty() {
                    return found;
                }
            }
        }
        panic!(
            "no lib{krate}-*.rlib in {} has all features",
            deps().display()
        );
    }

    /// The items that do not compile, each with what the compiler has said of it.
    ///
    /// An error may keep the compiler from looking for others, so it looks again without
    /// what it has refused, until it refuses nothing.
    pub fn refused(&self, items: &[&str]) -> BTreeMap<usize, Refusal> {
        let mut refused = BTreeMap::new();
        loop {
            let left: Vec<_> = (0..items.len())
                .filter(|item| !refused.contains_key(item))
                .collect();
            let source: Vec<_> = left.iter().map(|item| items[*item]).collect();
            let found = self.compile(&source);
            if found.is_empty() {
                return refused;
            }
            refused.extend(
                found
                    .into_iter()
                    .map(|(line, refusal)| (left[line], refusal)),
            );
        }
    }

    /// By the item's place in `items`.
    fn compile(&self, items: &[&str]) -> BTreeMap<usize, Refusal> {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("program.rs");
        let lines = items
            .iter()
            .map(|item| format!("const _: () = {{ {item} }};\n"));
        let program: String = lines.collect();
        fs::write(&source, format!("#![allow(unused, dead_code)]\n{program}")).unwrap();
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let with = |krate: &str, path: &Path| format!("--extern={krate}={}", path.display());
        let output = Command::new(rustc)
            .args([
                "--edition=2024",
                "--crate-type=lib",
                "--emit=metadata",
                "--error-format=json",
            ])
            .arg("--out-dir")
            .arg(folder.path())
            .arg(with("tokio", &self.library))
            .arg(with("bytes", &self.bytes))
            .arg(format!("-Ldependency={}", deps().display()))
            .arg(&source)
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let mut refused: BTreeMap<usize, Refusal> = BTreeMap::new();
        let mut warned: BTreeMap<usize, String> = BTreeMap::new();
        let mut elsewhere = String::new();
        for message in said
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
        {
            let text = message["rendered"].as_str().unwrap_or_default();
            let Some(line) = line_of(&message, &source) else {
                elsewhere.push_str(text);
                continue;
            };
            if message["level"] == "error" {
                let refusal = refused.entry(line).or_default();
                refusal.text.push_str(text);
                refusal
                    .codes
                    .extend(message["code"]["code"].as_str().map(str::to_owned));
            } else {
                warned.entry(line).or_default().push_str(text);
            }
        }
        assert!(
            output.status.success() || !refused.is_empty(),
            "{elsewhere}"
        );
        // A warning may say of what was refused what to do.
        for (line, text) in warned {
            if let Some(refusal) = refused.get_mut(&line) {
                refusal.text.push_str(&text);
            }
        }
        refused
    }
}

/// Which item a message is about.
fn line_of(message: &Value, source: &Path) -> Option<usize> {
    let spans = message["spans"].as_array()?;
    let mut span = spans.iter().find(|span| span["is_primary"] == true)?;
    // Within a macro, the place of its call counts.
    while span["file_name"]
        .as_str()
        .is_none_or(|name| Path::new(name) != source)
    {
        span = span.get("expansion")?.get("span")?;
    }
    let line = usize::try_from(span["line_start"].as_u64()?).ok()?;
    line.checked_sub(2)
}
