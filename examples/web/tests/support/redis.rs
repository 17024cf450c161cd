//! A Redis server of a test's own, in a temporary folder and at a free port.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::PathBuf;
use std::process::Command;

use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use crate::program::{Program, folder_with};

/// The server; ended and removed when dropped.
pub struct Redis {
    // In this order, so that the server ends before its folder goes.
    running: Option<Program>,
    directory: TempDir,
    binary: PathBuf,
    port: u16,
}

impl Redis {
    /// A server that takes connections; `None` where Redis is not installed.
    pub fn started() -> Option<Self> {
        let folder = folder_with(&["redis-server"], "redis-server", Vec::new())?;
        let mut server = Self {
            running: None,
            directory: tempfile::tempdir().expect("a temporary folder"),
            binary: folder.join("redis-server"),
            port: 0,
        };
        server.start();
        Some(server)
    }

    /// Starts it, empty, at the port it had before if it ran before.
    pub fn start(&mut self) {
        assert!(self.running.is_none(), "it runs");
        let command = |port: u16| {
            let mut command = Command::new(&self.binary);
            command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
            // Nothing is to be kept, so nothing is to be saved.
            command.args(["--save", "", "--appendonly", "no", "--dir"]);
            command.arg(self.directory.path());
            command
        };
        let ready = "Ready to accept connections";
        let (server, port) =
            Program::start_at(self.port, "redis-server", command, Signal::TERM, ready);
        self.port = port;
        self.running = Some(server);
    }

    /// Ends it, and with it all that it holds.
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

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}
