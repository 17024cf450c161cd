//! Which tests belong to a file: `belongs.toml` says.

use serde::Deserialize;

#[derive(Deserialize)]
pub struct Belongs {
    /// The first that fits.
    files: Vec<Files>,
}

#[derive(Deserialize)]
struct Files {
    /// The beginning of the paths.
    under: String,
    /// The programs of tests; the library's own is `buzzer`.
    tests: Vec<String>,
}

impl Belongs {
    /// # Panics
    ///
    /// If the file isn't what it should be.
    pub fn read() -> Self {
        toml::from_str(include_str!("../belongs.toml")).expect("belongs.toml is well-formed")
    }

    pub fn to(&self, file: &str, program: &str) -> bool {
        let files = self
            .files
            .iter()
            .find(|files| file.starts_with(&files.under));
        files.is_some_and(|files| files.tests.iter().any(|test| test == program))
    }

    /// Every program that is named.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        self.files
            .iter()
            .flat_map(|files| &files.tests)
            .map(String::as_str)
    }

    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|files| files.under.as_str())
    }
}
