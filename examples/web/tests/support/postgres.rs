//! A PostgreSQL server of a test's own, in a temporary folder and at a free port.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::User;
use rustix::process::{Pid, Signal, geteuid};
use tempfile::TempDir;

use crate::program::{Program, folder_with};

/// The server; ended and removed when dropped.
pub struct Postgres {
    // In this order, so that the server ends before its folder goes.
    running: Option<Program>,
    directory: TempDir,
    binaries: PathBuf,
    port: u16,
}

/// The name of its superuser, of its password and of its database.
const USER: &str = "buzzer";
const PASSWORD: &str = "one espresso";
const DATABASE: &str = "postgres";

impl Postgres {
    /// A server that takes connections; `None` where PostgreSQL is not installed.
    pub fn started() -> Option<Self> {
        // Debian links only some of its programs into PATH.
        let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .collect();
        versions.sort();
        versions.reverse();
        let binaries = folder_with(&["postgres", "initdb"], "postgresql", versions)?;

        let directory = tempfile::tempdir().expect("a temporary folder");
        if let Some(user) = unprivileged() {
            let (uid, gid) = (Some(user.uid.as_raw()), Some(user.gid.as_raw()));
            chown(directory.path(), uid, gid).expect("it is ours to give");
        }
        let mut server = Self {
            running: None,
            directory,
            binaries,
            port: 0,
        };
        server.initialize();
        server.start();
        Some(server)
    }

    fn initialize(&self) {
        let password = self.path("password");
        fs::write(&password, PASSWORD).expect("a file in it");
        let mut initdb = self.command("initdb");
        initdb
            .args(["--username", USER, "--auth", "scram-sha-256", "--pwfile"])
            .arg(password)
            .args(["--encoding", "UTF8", "--no-locale", "--no-sync", "--pgdata"])
            .arg(self.path("data"));
        let mut initdb = Program::start("initdb", &mut initdb, Signal::TERM);
        let (status, log) = initdb.wait();
        assert!(status.success(), "initdb: {log:#?}");
    }

    /// Starts it, at the port it had before if it ran before.
    pub fn start(&mut self) {
        assert!(self.running.is_none(), "it runs");
        let command = |port: u16| {
            let mut command = self.command("postgres");
            command.arg("-D").arg(self.path("data"));
            command.args(["-p", &port.to_string(), "-h", "127.0.0.1", "-F"]);
            command.arg("-k").arg(self.directory.path());
            command
        };
        // Fast shutdown, which ends sessions: SIGTERM would wait for them.
        let ends_by = Signal::INT;
        let ready = "database system is ready to accept connections";
        let (server, port) = Program::start_at(self.port, "postgres", command, ends_by, ready);
        self.port = port;
        self.running = Some(server);
    }

    /// Ends it; its sessions are told so. Its data stays for the next start.
    pub fn stop(&mut self) {
        self.running.take().expect("it runs").stop();
    }

    /// The process that was started; the server may have others.
    pub fn pid(&self) -> Pid {
        self.running.as_ref().expect("it runs").pid()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder, which has its Unix socket.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub fn url(&self) -> String {
        let password = PASSWORD.replace(' ', "%20");
        let port = self.port;
        format!("postgres://{USER}:{password}@127.0.0.1:{port}/{DATABASE}")
    }

    /// The same by its Unix socket.
    pub fn unix_url(&self) -> String {
        let folder = self.directory().display().to_string();
        self.url().replace("127.0.0.1", &folder.replace('/', "%2F"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// One of its programs, which refuse to be root.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command
            .current_dir(self.directory.path())
            .env("LC_ALL", "C");
        if let Some(user) = unprivileged() {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }
}

/// Who runs it instead, if the test is run by root.
fn unprivileged() -> Option<User> {
    if !geteuid().is_root() {
        return None;
    }
    let users = ["postgres", "nobody"];
    let user = users
        .into_iter()
        .find_map(|name| User::from_name(name).ok().flatten());
    Some(user.expect("root has a user postgres or nobody to run the server as"))
}
