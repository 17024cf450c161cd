//! What to run as a child process, and how.
//!
//! Owns [`Command`]: std's, with other ways to start it, which are in `run.rs`.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Stdio};

use super::blame::Told;
use crate::sys::promised::pre_exec;

/// A program to be run as a child process: its arguments, its environment, where
/// its input comes from and its output goes to.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     let said = buzzer::process::Command::new("echo")
///         .arg("one mocha")
///         .output()
///         .await?;
///     assert_eq!(said.stdout, b"one mocha\n");
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
///
/// All that can be said of a child before it is started:
///
/// ```
/// use std::process::Stdio;
/// use buzzer::process::Command;
///
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path();
/// let mut command = Command::new("sh");
/// command
///     .args(["-c", r#"echo "$0 for $GUEST"; test -z "$TABLE" && pwd"#, "one mocha"])
///     .env_clear()
///     .envs([("GUEST", "Ada"), ("TABLE", "4")])
///     .env("PATH", "/usr/bin:/bin")
///     .env_remove("TABLE")
///     .current_dir(path)
///     .stdin(Stdio::null())
///     .stdout(Stdio::piped())
///     .stderr(Stdio::piped())
///     .process_group(0)
///     .kill_on_drop(true);
/// assert!(command.get_kill_on_drop());
/// assert_eq!(command.as_std().get_program(), "sh");
/// let output = command.output().await?;
/// let said = String::from_utf8_lossy(&output.stdout);
/// let (order, folder) = said.split_once('\n').unwrap();
/// assert_eq!(order, "one mocha for Ada");
/// assert_eq!(std::fs::canonicalize(folder.trim_end())?, std::fs::canonicalize(path)?);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Command {
    pub(super) std: process::Command,
    /// For the words of an error.
    pub(super) told: Told,
    /// Whether its child is made by fork: see `start.rs`.
    pub(super) is_forked: bool,
    pub(super) kill_on_drop: bool,
}

impl Command {
    /// `program`, looked for in `PATH`, with no arguments, the environment and the
    /// directory of this process, and its input and output.
    pub fn new<S: AsRef<OsStr>>(program: S) -> Self {
        process::Command::new(program).into()
    }

    /// As std's.
    pub fn as_std(&self) -> &process::Command {
        &self.std
    }

    /// As std's, for what this one has not.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::process::CommandExt;
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// let mut command = Command::new("echo");
    /// command.as_std_mut().arg0("cat"); // All that std's has, this has.
    /// let std: std::process::Command = command.into_std();
    /// assert_eq!(std.get_program(), "echo");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn as_std_mut(&mut self) -> &mut process::Command {
        &mut self.std
    }

    /// As std's. [`kill_on_drop`](Self::kill_on_drop) is forgotten.
    /// See [`as_std_mut`](Self::as_std_mut).
    pub fn into_std(self) -> process::Command {
        self.std
    }

    /// Adds an argument.
    pub fn arg<S: AsRef<OsStr>>(&mut self, arg: S) -> &mut Self {
        self.std.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args<I, S>(&mut self, args: I) -> &mut Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.std.args(args);
        self
    }

    /// Sets the argument before the first, by default the program as it was given.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// let mut shell = Command::new("sh");
    /// shell.arg0("barista").args(["-c", "echo $0"]);
    /// assert_eq!(shell.output().await?.stdout, b"barista\n");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn arg0<S: AsRef<OsStr>>(&mut self, arg: S) -> &mut Self {
        self.std.arg0(arg);
        self
    }

    /// Sets a variable of the child's environment.
    pub fn env<K, V>(&mut self, key: K, val: V) -> &mut Self
    where
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.std.env(key, val);
        self
    }

    /// Sets variables of the child's environment.
    pub fn envs<I, K, V>(&mut self, vars: I) -> &mut Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.std.envs(vars);
        self
    }

    /// Takes a variable out of the child's environment.
    pub fn env_remove<K: AsRef<OsStr>>(&mut self, key: K) -> &mut Self {
        self.std.env_remove(key);
        self
    }

    /// Takes all variables out of the child's environment.
    pub fn env_clear(&mut self) -> &mut Self {
        self.std.env_clear();
        self.told.is_env_cleared = true;
        self
    }

    /// Sets the child's working directory.
    pub fn current_dir<P: AsRef<Path>>(&mut self, dir: P) -> &mut Self {
        self.std.current_dir(dir);
        self
    }

    /// Sets where the child's standard input comes from; by default this process's.
    pub fn stdin<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Self {
        self.std.stdin(cfg);
        self
    }

    /// Sets where the child's standard output goes to; by default this process's.
    pub fn stdout<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Self {
        self.std.stdout(cfg);
        self
    }

    /// Sets where the child's standard error goes to; by default this process's.
    pub fn stderr<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Self {
        self.std.stderr(cfg);
        self
    }

    /// Sets the child's user.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::fs::MetadataExt;
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path();
    /// let own = std::fs::metadata(path)?; // As who we are: as another needs privileges.
    /// let status = Command::new("true").uid(own.uid()).gid(own.gid()).status().await?;
    /// assert!(status.success());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn uid(&mut self, id: u32) -> &mut Self {
        self.std.uid(id);
        self.told.uid = Some(id);
        // As std does for it.
        self.is_forked = true;
        self
    }

    /// Sets the child's group. See [`uid`](Self::uid).
    pub fn gid(&mut self, id: u32) -> &mut Self {
        self.std.gid(id);
        self.told.gid = Some(id);
        // As std does for it.
        self.is_forked = true;
        self
    }

    /// Sets the child's process group; zero makes a new one. A Ctrl-C at the terminal
    /// goes to the group that has it.
    pub fn process_group(&mut self, pgroup: i32) -> &mut Self {
        self.std.process_group(pgroup);
        self.told.process_group = Some(pgroup);
        self
    }

    pre_exec! {
        /// Has the child call `f` after the fork and before it runs the program, after
        /// those that were set before. An error of it fails the start. A child that has
        /// such a call is made by fork(2), which takes the longer the more memory this
        /// process has.
        ///
        /// # Safety
        ///
        /// `f` runs in a copy of this process that has one thread: what another thread
        /// has locked, the allocator's lock perhaps, stays locked. So it may do no more than
        /// a signal handler may (signal-safety(7)), and not allocate, nor touch the runtime.
        /// See [`CommandExt::pre_exec`].
        ///
        /// # Examples
        ///
        /// ```
        /// use buzzer::process::Command;
        ///
        /// # buzzer::block_on(async {
        /// let mut command = Command::new("true");
        /// // SAFETY: it does nothing at all.
        /// unsafe { command.pre_exec(|| Err(std::io::ErrorKind::PermissionDenied.into())) };
        /// assert!(command.spawn().is_err());
        /// # });
        /// ```
        then Self::is_forked_from_here
    }

    fn is_forked_from_here(&mut self) {
        // As std does for it.
        self.is_forked = true;
        self.told.has_pre_exec = true;
    }

    /// Whether a [`Child`](super::Child) that is dropped before its end is killed. By
    /// default it runs on, and so does one that may not be killed, as it runs a program of
    /// another user's: [`Child::kill`](super::Child::kill) says so. The futures of
    /// [`status`](Self::status) and [`output`](Self::output) hold a `Child`.
    pub fn kill_on_drop(&mut self, kill_on_drop: bool) -> &mut Self {
        self.kill_on_drop = kill_on_drop;
        self
    }

    /// What was set by [`kill_on_drop`](Self::kill_on_drop).
    pub fn get_kill_on_drop(&self) -> bool {
        self.kill_on_drop
    }
}

impl From<process::Command> for Command {
    fn from(std: process::Command) -> Self {
        Self {
            std,
            told: Told::default(),
            is_forked: false,
            kill_on_drop: false,
        }
    }
}
