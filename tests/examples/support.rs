//! Finding the built examples and running them; all tests here go through it.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub const ALL: [&str; 16] = [
    "sync_read",
    "async_read",
    "side_by_side",
    "coffee_shop",
    "blocking_the_loop",
    "deadlock",
    "ten_thousand_waits",
    "temporary_files",
    "own_future",
    "own_descriptor",
    "echo_server",
    "sonar",
    "chat",
    "graceful_shutdown",
    "thread_per_core",
    "gui_loop",
];

/// Arguments that make an example take no time.
pub fn in_a_hurry(example: &str) -> &'static [&'static str] {
    match example {
        "sync_read" => &["--no-wait"],
        "async_read" | "side_by_side" | "sonar" => &["--paused"],
        "blocking_the_loop" => &["1"],
        "ten_thousand_waits" => &["50"],
        "gui_loop" => &["48"],
        _ => &[],
    }
}

/// The built example, in target/<profile>/examples; this test is in .../deps.
pub fn example(name: &str) -> Command {
    let test = env::current_exe().expect("a test knows its own path");
    let profile = test.ancestors().nth(2).expect("target/<profile>/deps/test");
    let path = profile.join("examples").join(name);
    if let Err(why) = is_up_to_date(&path) {
        panic!(
            "{} {why}; `cargo test` alone or `cargo build --examples` builds it, \
             `cargo test --test examples` does not",
            path.display()
        );
    }
    let mut command = Command::new(path);
    command.env_remove("NO_COLOR").env_remove("BUZZER_TRACE");
    command
}

/// Whether `program` was built after its sources, and the library's, were changed
/// last. Cargo has listed them beside it, as make would: `program: source source`.
fn is_up_to_date(program: &Path) -> Result<(), String> {
    let age = |path: &Path| path.metadata().and_then(|data| data.modified());
    let built = age(program).map_err(|error| format!("is not built ({error})"))?;
    let list = fs::read_to_string(program.with_extension("d"))
        .map_err(|error| format!("has no list of its sources ({error})"))?;
    let (_, sources) = list.split_once(": ").ok_or("has a list without sources")?;
    // A space within a name is `\ ` there.
    let sources = sources.trim_end().replace("\\ ", "\0");
    for source in sources.split(' ').map(|source| source.replace('\0', " ")) {
        // One that is gone has left a change in another, which named it.
        if age(Path::new(&source)).is_ok_and(|changed| changed > built) {
            return Err(format!("is older than {source}"));
        }
    }
    Ok(())
}

pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub status: Option<i32>,
}

pub fn run(command: &mut Command) -> Run {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("it can be started");
    Run {
        stdout: String::from_utf8(stdout).expect("examples print UTF-8"),
        stderr: String::from_utf8(stderr).expect("examples print UTF-8"),
        status: status.code(),
    }
}

pub fn empty_directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

pub fn names_in(directory: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(directory.path()).expect("it is there");
    entries
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

pub fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An example that goes on until it is told to end. It does not outlive its test.
pub struct Running {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it can be started");
        let stdout = child.stdout.take().map(BufReader::new);
        Self { child, stdout }
    }

    /// Starts a server at any port of this machine. `says` is what it says before the
    /// address.
    pub fn server(name: &str, says: &str) -> (Self, SocketAddr) {
        let mut running = Self::start(example(name).arg("127.0.0.1:0"));
        let address = running.address(says);
        (running, address)
    }

    /// The address in the next line, after `says`.
    pub fn address(&mut self, says: &str) -> SocketAddr {
        let line = self.line();
        let address = line.split_once(says).map(|(_, address)| address);
        let address = address.and_then(|address| address.parse().ok());
        address.unwrap_or_else(|| panic!("no address in {line:?}"))
    }

    /// The next line that it prints. Waits for it.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.stdout.as_mut().expect("it is piped");
        stdout.read_line(&mut line).expect("examples print UTF-8");
        assert!(line.ends_with('\n'), "it ended instead of saying something");
        line.trim_end().to_owned()
    }

    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(id.expect("a process id"), signal).expect("it is running");
    }

    /// Waits for its end, and gives what it has printed since.
    pub fn end(mut self) -> Run {
        let mut stdout = String::new();
        let reader = self.stdout.as_mut().expect("it is piped");
        reader.read_to_string(&mut stdout).expect("UTF-8");
        let mut stderr = String::new();
        let reader = self.child.stderr.as_mut().expect("it is piped");
        reader.read_to_string(&mut stderr).expect("UTF-8");
        let status = self.child.wait().expect("it can be waited for").code();
        Run {
            stdout,
            stderr,
            status,
        }
    }

    /// Ends a server that would go on for ever, and gives what it has printed since.
    pub fn kill(mut self) -> Run {
        self.child.kill().expect("it is running");
        self.end()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if it has ended, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of such a server.
pub struct Client(BufReader<TcpStream>);

impl Client {
    pub fn connect(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).expect("the server accepts");
        // A lost answer is to fail the test and not to hang it.
        let patience = Some(Duration::from_secs(60));
        stream.set_read_timeout(patience).expect("a timeout");
        Self(BufReader::new(stream))
    }

    pub fn says(&mut self, text: &str) {
        let mut stream = self.0.get_ref();
        stream.write_all(text.as_bytes()).expect("it can be sent");
    }

    /// The next line, without its end; `None` when the server has ended the
    /// connection.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line).expect("something comes") {
            0 => None,
            _ => Some(line.strip_suffix('\n').expect("a whole line").to_owned()),
        }
    }

    pub fn hears(&mut self, line: &str) {
        assert_eq!(self.line().as_deref(), Some(line));
    }

    pub fn get(&self) -> &TcpStream {
        self.0.get_ref()
    }
}

pub fn assert_fits_a_terminal(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "wider than a terminal: {line}");
    }
}
