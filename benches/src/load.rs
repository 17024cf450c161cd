//! The load on a server: a second process, on cores of its own.
//!
//! Owns which core is whose, and the two programs that make load: ours
//! (`echo_load.rs`) and wrk. The socket workloads start it.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use async_channel::{Receiver, bounded};
use rustix::process::{Resource, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The bytes of one echoed message.
pub const MESSAGE: usize = 64;

/// What an echo server reads into: room for more than one message, as such a server
/// has, so that a read which fills only a part of it shows that there is no more.
pub const BUFFER: usize = 1024;

/// The connections that wrk makes, all of them with a request on its way.
pub const WRK_CONNECTIONS: usize = 64;

/// How many of what an echo load makes.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Connections with a request on its way, all the time.
    pub active: usize,
    /// Connections that say nothing.
    pub idle: usize,
    /// What is timed, on all active connections together.
    pub requests: usize,
}

/// A load under way. It ends when this is dropped, if not before.
#[derive(Debug)]
pub struct Load {
    figure: Receiver<anyhow::Result<f64>>,
    child: Child,
    _cores: Cores,
}

impl Load {
    /// Has the echo server at `address` asked by `program`, see `echo_load.rs`.
    pub fn echo(program: &Path, address: SocketAddr, counts: Counts) -> anyhow::Result<Load> {
        let Counts {
            active,
            idle,
            requests,
        } = counts;
        let mut command = Command::new(program);
        command.arg(address.to_string());
        command.args([active, idle, requests].map(|count| count.to_string()));
        Load::start(command, |line| {
            Some(line.parse().context("echo-load printed no figure"))
        })
    }

    /// Has the web server at `address` asked by wrk, on one thread.
    pub fn wrk(address: SocketAddr, connections: usize, time: Duration) -> anyhow::Result<Load> {
        let mut command = Command::new(WRK);
        command.args(["--threads", "1", "--connections", &connections.to_string()]);
        // It takes whole seconds only.
        command.args(["--duration", &time.as_secs().max(1).to_string()]);
        command.arg(format!("http://{address}/"));
        Load::start(command, wrk_said)
    }

    /// Starts a program whose lines `read` understands: the first line that it has
    /// an answer to gives the figure.
    fn start(
        mut command: Command,
        read: fn(&str) -> Option<anyhow::Result<f64>>,
    ) -> anyhow::Result<Load> {
        let cores = Cores::divide()?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = cores.start(&mut command)?;
        let lines = BufReader::new(child.stdout.take().context("it has no output")?).lines();
        let (to_us, figure) = bounded(1);
        thread::spawn(move || {
            let figure = lines
                .map_while(Result::ok)
                .find_map(|line| read(line.trim()))
                .unwrap_or_else(|| bail!("the load ended early"));
            // Whoever waited may have failed meanwhile.
            let _ = to_us.send_blocking(figure);
        });
        Ok(Load {
            figure,
            child,
            _cores: cores,
        })
    }

    /// What a request took, in nanoseconds, once all were made. The connections
    /// stay open.
    pub async fn figure(&self) -> anyhow::Result<f64> {
        self.figure.recv().await?
    }

    /// As [`figure`](Load::figure), for a thread that may block.
    pub fn wait(&self) -> anyhow::Result<f64> {
        self.figure.recv_blocking()?
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // It fails only for a process that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const WRK: &str = "wrk";

/// Whether wrk is installed.
pub fn has_wrk() -> bool {
    let asked = Command::new(WRK)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok()
}

/// What one line of wrk's says about the time of a request.
fn wrk_said(line: &str) -> Option<anyhow::Result<f64>> {
    let (name, rest) = line.split_once(':')?;
    match name {
        "Requests/sec" => Some(
            rest.trim()
                .parse()
                .map(|rate: f64| 1e9 / rate)
                .context("wrk gave no rate"),
        ),
        "Socket errors" | "Non-2xx or 3xx responses" => {
            Some(Err(anyhow::anyhow!("wrk says: {line}")))
        }
        _ => None,
    }
}

/// While it lives, its thread has one core, and the load the others. Where a
/// process may use one core only there is nothing to divide.
#[derive(Debug)]
struct Cores {
    before: CpuSet,
    load: CpuSet,
}

impl Cores {
    fn divide() -> anyhow::Result<Cores> {
        let before = sched_getaffinity(None)?;
        let mut load = before;
        if before.count() > 1
            && let Some(first) = (0..CpuSet::MAX_CPU).find(|&core| before.is_set(core))
        {
            load.unset(first);
            let mut server = CpuSet::new();
            server.set(first);
            sched_setaffinity(None, &server)?;
        }
        Ok(Cores { before, load })
    }

    /// Starts a process on the load's cores.
    fn start(&self, command: &mut Command) -> anyhow::Result<Child> {
        // A child inherits the cores of the thread that starts it.
        let server = sched_getaffinity(None)?;
        sched_setaffinity(None, &self.load)?;
        let child = command.spawn();
        sched_setaffinity(None, &server)?;
        child.with_context(|| format!("starting {}", command.get_program().display()))
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        // It was allowed before. If it is not any more, the rows that follow run
        // where they may.
        let _ = sched_setaffinity(None, &self.before);
    }
}

/// Lets this process open as many descriptors as it may.
///
/// # Errors
///
/// When that is not enough for so many connections.
pub fn allow_descriptors(connections: usize) -> anyhow::Result<()> {
    // The runtime's own, standard streams, files of other rows.
    const OTHERS: u64 = 100;

    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    let needed = connections as u64 + OTHERS;
    ensure!(
        limit.maximum.is_none_or(|most| most >= needed),
        "{connections} connections need {needed} descriptors, and `ulimit -Hn` allows {}",
        limit.maximum.unwrap_or(u64::MAX)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_that_wrk_prints_becomes_the_time_of_a_request() {
        let figure = wrk_said("Requests/sec:  20000.00").unwrap();
        assert_eq!(figure.unwrap(), 50_000.0);
        assert!(wrk_said("64 connections").is_none());
        assert!(wrk_said("Transfer/sec:      1.49MB").is_none());
    }

    #[test]
    fn a_load_with_failed_requests_has_no_figure() {
        let failed = wrk_said("Non-2xx or 3xx responses: 5").unwrap();
        assert!(failed.unwrap_err().to_string().contains("responses: 5"));
        let failed = wrk_said("Socket errors: connect 0, read 1, write 0, timeout 0");
        assert!(failed.unwrap().is_err());
    }
}
