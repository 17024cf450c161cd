//! The loads of the network's rows: what each asks of a server, whoever that is, and the
//! processes that ask.

mod connect;
mod http;
mod stream;

use std::env;
use std::process::Command;

use anyhow::{Context as _, bail};
use benches::load::echo::{self, Address};
use benches::load::{Came, Counts, Load, allow_descriptors};

use crate::Figures;
use crate::rows::Row;

/// What a stream is read and written by, in bytes.
pub(crate) const BLOCK: usize = 64 * 1024;

/// What streams are reported by: a GiB of them.
const BLOCKS: usize = (1 << 30) / BLOCK;

/// The requests of the HTTP row in a second. Fewer than the slowest server can answer, for a
/// rate that is not held has no latency.
const RATE: u32 = 20_000;

/// What a row asks of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Demand {
    pub kind: Kind,
    /// How many of them at a time.
    pub connections: usize,
    /// Of connections, requests or blocks, on all of them together.
    pub times: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Each connection is closed by the server, which has read nothing.
    Accept,
    /// Each message is sent back.
    Echo(Transport),
    /// The server reads all blocks, and writes a byte.
    StreamIn,
    /// The server reads a byte, and writes all blocks.
    StreamOut,
    Http,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Transport {
    Tcp,
    Unix,
    Udp,
}

impl Demand {
    /// What `row` asks, with all counts divided by `shrink`; `None` if there is no server in it.
    pub(crate) fn of(row: Row, shrink: usize) -> Option<Demand> {
        let (kind, connections, times) = match row {
            Row::Accept => (Kind::Accept, 64, 100_000),
            Row::Echo1 => (Kind::Echo(Transport::Tcp), 1, 50_000),
            Row::Echo50 => (Kind::Echo(Transport::Tcp), 50, 100_000),
            Row::Echo500 => (Kind::Echo(Transport::Tcp), 500, 100_000),
            Row::Echo10000 => (Kind::Echo(Transport::Tcp), 10_000, 100_000),
            Row::Unix => (Kind::Echo(Transport::Unix), 50, 100_000),
            Row::Udp => (Kind::Echo(Transport::Udp), 50, 100_000),
            Row::StreamIn => (Kind::StreamIn, 1, BLOCKS),
            Row::StreamOut => (Kind::StreamOut, 1, BLOCKS),
            Row::Http => (Kind::Http, 64, 3 * RATE as usize),
            _ => return None,
        };
        let times = (times / shrink).max(1);
        Some(Demand {
            kind,
            connections,
            times,
        })
    }

    /// Has a process of its own ask the server at `address`.
    ///
    /// # Errors
    ///
    /// If there is none, or this process may not have so many connections.
    pub(crate) fn start(self, address: &Address) -> anyhow::Result<Load> {
        allow_descriptors(self.connections)?;
        let mut command = Command::new(env::current_exe()?);
        let load = match self.kind {
            Kind::Accept => "connect",
            Kind::Echo(_) => "echo",
            Kind::StreamIn => "send",
            Kind::StreamOut => "receive",
            Kind::Http => "http",
        };
        command.args(["--load", load]);
        if let Kind::Echo(_) = self.kind {
            let counts = Counts {
                active: self.connections,
                idle: 0,
                requests: self.times,
            };
            return Load::echo(command, address, counts);
        }
        command.arg(address.to_string());
        command.args([self.connections, self.times].map(|count| count.to_string()));
        Load::ours(command)
    }

    /// The row's figures, of what the load has come to.
    ///
    /// # Errors
    ///
    /// If it has not come to that.
    pub(crate) fn figures(self, came: &Came) -> anyhow::Result<Figures> {
        let reported = match self.kind {
            Kind::StreamIn | Kind::StreamOut => BLOCKS as f64,
            _ => 1.0,
        };
        let processor = came
            .processor
            .context("the processor's time is not known")?;
        let processor = processor / self.times as f64 * reported;
        Ok(match (self.kind == Kind::Http, came.figures.as_slice()) {
            (true, latencies @ [_, _]) => [&[processor], latencies].concat(),
            (false, [nanos]) => vec![nanos * reported, processor],
            (_, figures) => bail!("{:?} has {} figures", self.kind, figures.len()),
        })
    }
}

/// The work of such a process: the load of this kind, of which the arguments are the server's
/// address, and how many connections and operations; of the echo see there.
///
/// # Errors
///
/// If the arguments are others, or not all of it was done.
pub fn make(kind: &str, arguments: &[String]) -> anyhow::Result<()> {
    if kind == "echo" {
        return echo::make(arguments);
    }
    let [address, connections, times] = arguments else {
        bail!("a load has the arguments ADDRESS CONNECTIONS TIMES");
    };
    let (connections, times) = (connections.parse()?, times.parse()?);
    let Address::Tcp(address) = address.parse()? else {
        bail!("{kind} is asked by TCP only");
    };
    match kind {
        "connect" => connect::make(address, connections, times),
        "send" => stream::send(address, times),
        "receive" => stream::receive(address, times),
        "http" => http::make(address, connections, times),
        _ => bail!("there is no load named {kind:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_reported_by_the_gib_and_a_request_by_itself() {
        let came = |figures: &[f64]| Came {
            figures: figures.to_vec(),
            processor: Some(2_000.0),
        };
        let of = |row| Demand::of(row, 1_000).unwrap();
        let stream = of(Row::StreamIn).figures(&came(&[10.0])).unwrap();
        assert_eq!(stream, [163_840.0, 2_000.0 / 16.0 * 16_384.0]);
        let echo = of(Row::Echo50).figures(&came(&[10.0])).unwrap();
        assert_eq!(echo, [10.0, 20.0]);
        let http = of(Row::Http).figures(&came(&[30.0, 90.0])).unwrap();
        assert_eq!(http, [2_000.0 / 60.0, 30.0, 90.0]);
        assert!(of(Row::Http).figures(&came(&[30.0])).is_err());
        assert_eq!(Demand::of(Row::Spawn, 1), None);
    }
}
