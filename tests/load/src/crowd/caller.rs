//! What all clients of the crowd have in common, whatever they are written with.
//!
//! Owns the numbers of a process's sessions, where they go, and the word to finish.

use std::io::Read;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::{set_socket_linger, set_socket_send_buffer_size, set_tcp_nodelay};

use super::records::session;
use super::stream::{End, Plan};

pub struct Caller {
    process: u64,
    count: AtomicU64,
    addresses: Vec<SocketAddr>,
    is_over: Arc<AtomicBool>,
}

impl Caller {
    /// It is told to finish by the end of its standard input.
    pub fn new(process: u64, addresses: &[&str]) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        thread::spawn({
            let is_over = is_over.clone();
            move || {
                let _ = std::io::stdin().read_to_end(&mut Vec::new());
                is_over.store(true, Ordering::Relaxed);
            }
        });
        Self {
            process,
            count: AtomicU64::new(0),
            addresses: addresses.iter().map(|it| it.parse().unwrap()).collect(),
            is_over,
        }
    }

    /// The next session, if there is to be one.
    pub fn next(&self) -> Option<(Plan, SocketAddr)> {
        if self.is_over.load(Ordering::Relaxed) {
            return None;
        }
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let address = self.addresses[count as usize % self.addresses.len()];
        Some((Plan::of(session(self.process, count)), address))
    }

    /// Has a socket be as its session needs it.
    pub fn prepare(&self, stream: impl AsFd, plan: &Plan) {
        set_tcp_nodelay(&stream, true).unwrap();
        if plan.session.is_multiple_of(2) {
            // So that many writes are partial. Not the other buffer: the kernel drops what has
            // no room in a small one, and comes again after seconds.
            set_socket_send_buffer_size(&stream, 1 << 12).unwrap();
        }
        if let End::Reset(_) = plan.end {
            set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
        }
    }
}
