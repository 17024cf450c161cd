//! The load on a server: a second process, on cores of its own.
//!
//! Owns what the server's side has of it; the socket workloads start it. The programs that
//! make load are wrk and ours: those of [`echo`], and of other benches. Ours talk with this
//! side as `child.rs` says.

mod child;
mod cores;
pub mod echo;

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write};
use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use async_channel::{Receiver, bounded};
use rustix::process::{Resource, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use cores::Cores;

pub use child::{READY, came_to, ready};

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

/// What a load came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Came {
    /// What the load's process has to say, the time of an operation first, in nanoseconds.
    pub figures: Vec<f64>,
    /// What the server's process took of the processor meanwhile, in nanoseconds; of wrk's
    /// load it is not known.
    pub processor: Option<f64>,
}

impl Came {
    /// The time of an operation.
    ///
    /// # Errors
    ///
    /// If the load has said nothing.
    pub fn nanos(&self) -> anyhow::Result<f64> {
        self.figures
            .first()
            .copied()
            .context("the load has no figure")
    }
}

/// A load under way. It ends when this is dropped, if not before.
#[derive(Debug)]
pub struct Load {
    came: Receiver<anyhow::Result<Came>>,
    child: Child,
    _cores: Cores,
}

impl Load {
    /// Has the echo server at `address` asked by a program that gives [`echo::make`] its
    /// arguments.
    ///
    /// # Errors
    ///
    /// If it can't be started.
    pub fn echo(
        mut program: Command,
        address: &echo::Address,
        counts: Counts,
    ) -> anyhow::Result<Load> {
        let Counts {
            active,
            idle,
            requests,
        } = counts;
        program.arg(address.to_string());
        program.args([active, idle, requests].map(|count| count.to_string()));
        Load::ours(program)
    }

    /// Starts a program that makes load and calls [`ready`] and [`came_to`].
    ///
    /// # Errors
    ///
    /// If it can't be started.
    pub fn ours(program: Command) -> anyhow::Result<Load> {
        Load::start(program, follow)
    }

    /// Has the web server at `address` asked by wrk, on one thread.
    pub fn wrk(address: SocketAddr, connections: usize, time: Duration) -> anyhow::Result<Load> {
        let mut command = Command::new(WRK);
        command.args(["--threads", "1", "--connections", &connections.to_string()]);
        // It takes whole seconds only.
        command.args(["--duration", &time.as_secs().max(1).to_string()]);
        command.arg(format!("http://{address}/"));
        Load::start(command, |mut lines, _| {
            let rate = Iterator::find_map(&mut lines, |line| wrk_said(line.ok()?.trim()));
            let nanos = rate.context("wrk ended early")??;
            Ok(Came {
                figures: vec![nanos],
                processor: None,
            })
        })
    }

    /// Starts a program that `follow` understands.
    fn start(mut command: Command, follow: Follow) -> anyhow::Result<Load> {
        let cores = Cores::divide()?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = cores.start(&mut command)?;
        let mut lines = BufReader::new(child.stdout.take().context("it has no output")?).lines();
        // Its own end stays with the child, which holds its connections until that is closed.
        let input = child.stdin.as_ref().context("it has no input")?;
        let mut input = File::from(input.as_fd().try_clone_to_owned()?);
        let (to_us, came) = bounded(1);
        thread::spawn(move || {
            // Whoever waited may have failed meanwhile.
            let _ = to_us.send_blocking(follow(&mut lines, &mut input));
        });
        Ok(Load {
            came,
            child,
            _cores: cores,
        })
    }

    /// What a request took, in nanoseconds, once all were made. The connections
    /// stay open.
    ///
    /// # Errors
    ///
    /// If not all were made.
    pub async fn figure(&self) -> anyhow::Result<f64> {
        self.came().await?.nanos()
    }

    /// All that it came to.
    ///
    /// # Errors
    ///
    /// If not all of its work was done.
    pub async fn came(&self) -> anyhow::Result<Came> {
        self.came.recv().await?
    }

    /// As [`came`](Load::came), for a thread that may block.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn wait(&self) -> anyhow::Result<Came> {
        self.came.recv_blocking()?
    }
}

/// Understands what a program prints, line by line; may write to its input.
type Follow =
    fn(&mut dyn Iterator<Item = io::Result<String>>, &mut dyn Write) -> anyhow::Result<Came>;

/// Follows one of ours. The processor's time is taken at its two lines, when the server has
/// nothing to do.
fn follow(
    lines: &mut dyn Iterator<Item = io::Result<String>>,
    input: &mut dyn Write,
) -> anyhow::Result<Came> {
    let mut line = || Ok::<_, anyhow::Error>(lines.next().context("the load ended early")??);
    let first = line()?;
    ensure!(
        first == READY,
        "the load says {first:?} in place of {READY:?}"
    );
    let before = processor_nanos();
    writeln!(input)?;
    let said = line()?;
    let processor = processor_nanos() - before;
    let figures = said.split_whitespace().map(str::parse);
    let figures = figures.collect::<Result<_, _>>();
    Ok(Came {
        figures: figures.with_context(|| format!("the load says {said:?} in place of figures"))?,
        processor: Some(processor),
    })
}

/// What the threads of this process have taken.
pub fn processor_nanos() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
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

    #[test]
    fn a_load_of_ours_is_let_begin_and_then_has_its_figures() {
        let said = |lines: &[&str]| {
            let mut lines = lines.iter().map(|line| Ok((*line).to_owned()));
            let mut told = Vec::new();
            (follow(&mut lines, &mut told), told)
        };
        let (came, told) = said(&[READY, "20.5 30"]);
        let came = came.unwrap();
        assert_eq!(came.figures, [20.5, 30.0]);
        assert_eq!(came.nanos().unwrap(), 20.5);
        assert!(came.processor.is_some());
        assert_eq!(told, b"\n");

        let (early, told) = said(&["20.5"]);
        assert!(early.is_err() && told.is_empty());
        assert!(said(&[READY]).0.is_err());
        assert!(said(&[READY, "many"]).0.is_err());
    }
}
