//! A command of the book: `VARIABLE=value… cargo run …`.
//!
//! Owns how it is read and run. It is run without a shell, in a folder of its own, with no
//! variable of buzzer's from outside.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};

use crate::root;

/// A command as the chapter has it.
#[derive(Debug)]
pub struct Written<'a> {
    variables: Vec<(&'a str, &'a str)>,
    arguments: Vec<&'a str>,
}

impl<'a> Written<'a> {
    /// # Errors
    ///
    /// If it is no `cargo run`.
    pub fn read(command: &'a str) -> Result<Self> {
        let mut words = command.split_whitespace().peekable();
        let mut variables = Vec::new();
        while let Some(variable) = words.next_if(|word| word.contains('=')) {
            variables.extend(variable.split_once('='));
        }
        ensure!(
            words.next() == Some("cargo") && words.next() == Some("run"),
            "{command:?} is no `cargo run`"
        );
        let arguments = words.collect();
        Ok(Self {
            variables,
            arguments,
        })
    }

    /// The program's name: that of its binary or example, and of its arguments.
    pub fn program(&self) -> String {
        let words = self
            .arguments
            .iter()
            .skip_while(|word| !matches!(**word, "--bin" | "--example"));
        let words: Vec<&str> = words
            .skip(1)
            .copied()
            .filter(|word| *word != "--")
            .collect();
        words.join("-")
    }

    /// What it prints: what comes on stdout, and behind it what comes on stderr.
    ///
    /// # Errors
    ///
    /// If it can't be run.
    pub fn printed(&self) -> Result<String> {
        let output = self.output(&[])?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            text.push_str(&format!("({})\n", output.status));
        }
        Ok(without_thread_ids(&text))
    }

    /// Has it write its replay to a file.
    ///
    /// # Errors
    ///
    /// If it writes none.
    pub fn replay_to(&self, file: &Path) -> Result<()> {
        let output = self.output(&[("BUZZER_TRACE", file.as_os_str().to_owned())])?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(fs::exists(file)?, "{self:?} wrote no page: {said}");
        Ok(())
    }

    fn output(&self, more: &[(&str, OsString)]) -> Result<Output> {
        let (to_cargo, to_program) = match self.arguments.iter().position(|word| *word == "--") {
            Some(at) => (&self.arguments[..at], &self.arguments[at + 1..]),
            None => (&self.arguments[..], &[][..]),
        };
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        // Apart, so that what the build says is no part of what is printed.
        let built = Command::new(&cargo)
            .arg("build")
            .arg("--quiet")
            .args(to_cargo)
            .current_dir(root())
            .output()
            .context("cargo can't be started")?;
        if !built.status.success() {
            bail!("{}", String::from_utf8_lossy(&built.stderr));
        }
        let folder = root().join("target/book-runs");
        fs::create_dir_all(&folder)?;
        let mut command = Command::new(cargo);
        for (name, _) in env::vars_os().filter(|(name, _)| is_of_a_run(name)) {
            command.env_remove(name);
        }
        command
            .arg("run")
            .arg("--quiet")
            .arg("--manifest-path")
            .arg(root().join("Cargo.toml"))
            .args(to_cargo)
            .arg("--")
            .args(to_program)
            .envs(self.variables.iter().copied())
            .envs(more.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .output()
            .with_context(|| format!("{self:?} can't be run"))
    }
}

/// A panic's message has the number that the system gave the thread: another in each run.
fn without_thread_ids(text: &str) -> String {
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        match line.split_once("' (") {
            Some((thread, rest)) if thread.starts_with("thread '") => {
                let (_, rest) = rest.split_once(") ").unwrap_or(("", rest));
                kept += &format!("{thread}' {rest}");
            }
            _ => kept.push_str(line),
        }
    }
    kept
}

/// The programs are not to be watched or shuffled because their maker is.
fn is_of_a_run(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("BUZZER_") || name.starts_with("RUST_")
}
