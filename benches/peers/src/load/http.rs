//! HTTP at a fixed rate.
//!
//! A request is due at its time, whatever became of those before: it goes out on a connection
//! that has none on its way, or waits for one, and its latency counts from when it was due. So
//! a server that stops for a while is charged with all that it would have been asked meanwhile.

use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream};
use std::num::NonZero;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use benches::load::{came_to, ready};
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::RATE;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// How a whole answer begins and ends.
const ANSWER: (&[u8], &[u8]) = (b"HTTP/1.1 200 OK\r\n", b"\r\n\r\nHello, world!");

/// No answer takes as long as that.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks so many times. The figures are the latency at the median and that which one of a
/// thousand exceeds.
pub(super) fn make(address: SocketAddr, connections: usize, times: usize) -> anyhow::Result<()> {
    // Else the kernel wakes this up to 50 µs after the time.
    rustix::thread::set_current_timer_slack(Some(NonZero::<u64>::MIN))?;
    let mut asking = Asking::new(address, connections)?;
    // Every connection once before the clock runs.
    asking.ask(connections, Duration::ZERO)?;
    ready()?;
    let mut latencies = asking.ask(times, Duration::from_secs(1) / RATE)?;
    latencies.sort_unstable();
    let at = |part: usize| latencies[part.min(times - 1)].as_nanos() as f64;
    Ok(came_to(&[at(times / 2), at(times - times / 1_000)])?)
}

struct Asking {
    epoll: OwnedFd,
    connections: Vec<TcpStream>,
    /// Those without a request on its way. They take turns.
    idle: VecDeque<usize>,
    /// When the request was due that each has on its way.
    due: Vec<Instant>,
}

impl Asking {
    fn new(address: SocketAddr, connections: usize) -> anyhow::Result<Asking> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let streams = (0..connections).map(|index| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            let data = epoll::EventData::new_u64(index as u64);
            let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
            epoll::add(&epoll, &stream, data, flags)?;
            anyhow::Ok(stream)
        });
        Ok(Asking {
            connections: streams.collect::<Result<_, _>>()?,
            epoll,
            idle: (0..connections).collect(),
            due: vec![Instant::now(); connections],
        })
    }

    /// Asks `times` times, one such `step` after the other, and gives each one's latency.
    fn ask(&mut self, times: usize, step: Duration) -> anyhow::Result<Vec<Duration>> {
        let mut latencies = Vec::with_capacity(times);
        let mut asked = 0;
        let mut next = Instant::now();
        let mut events = [MaybeUninit::uninit(); 256];
        while latencies.len() < times {
            while asked < times && next <= Instant::now() {
                let Some(index) = self.idle.pop_front() else {
                    break;
                };
                self.send(index, next)?;
                asked += 1;
                next += step;
            }
            // With nothing more to send, or nothing to send it on, only an answer helps.
            let only_answers = asked == times || self.idle.is_empty();
            let wait = match only_answers {
                true => PATIENCE,
                false => next.saturating_duration_since(Instant::now()),
            };
            let wait = Timespec::try_from(wait)?;
            let (events, _) = epoll::wait(&self.epoll, &mut events, Some(&wait))?;
            ensure!(
                !(only_answers && events.is_empty()),
                "an answer did not come"
            );
            for event in events.iter() {
                let index = event.data.u64() as usize;
                self.receive(index)?;
                latencies.push(self.due[index].elapsed());
                self.idle.push_back(index);
            }
        }
        Ok(latencies)
    }

    fn send(&mut self, index: usize, due: Instant) -> anyhow::Result<()> {
        let sent = send(&self.connections[index], REQUEST, SendFlags::NOSIGNAL)?;
        ensure!(sent == REQUEST.len(), "a request did not fit");
        self.due[index] = due;
        Ok(())
    }

    /// An answer is short and sent at once: it comes in one piece.
    fn receive(&mut self, index: usize) -> anyhow::Result<()> {
        let mut answer = [0; 1024];
        let (_, length) = recv(
            &self.connections[index],
            &mut answer[..],
            RecvFlags::empty(),
        )
        .context("an answer did not come")?;
        let answer = &answer[..length];
        let (begin, end) = ANSWER;
        ensure!(
            answer.starts_with(begin) && answer.ends_with(end),
            "an answer was {:?}",
            String::from_utf8_lossy(answer)
        );
        Ok(())
    }
}
