//! The server: a thread with a runtime of its own, so that nothing which the clients
//! do holds it up, and what it does holds up no client.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use async_channel::{Receiver, Sender};
use axum::Router;
use axum::routing::get;
use buzzer::net::TcpListener;
use buzzer_web::server::{self, Limits};
use hyper_util::service::TowerToHyperService;

use crate::work;

/// The running server; ended when dropped.
pub struct Server {
    address: SocketAddr,
    /// `None` only while it is dropped: the server goes on until it is closed.
    stop: Option<Sender<()>>,
    /// As above.
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    /// Starts it on a free port of this machine.
    pub fn start() -> Result<Self> {
        let listener = StdListener::bind(("127.0.0.1", 0)).context("can't listen")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = async_channel::bounded(1);
        let thread = thread::Builder::new().name(String::from("server"));
        let thread = thread.spawn(move || buzzer::block_on(serve(listener, stopped)))?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // What it failed with, the clients have noticed.
            let _ = thread.join();
        }
    }
}

async fn serve(listener: StdListener, stopped: Receiver<()>) -> io::Result<()> {
    let routes = Router::new()
        .route("/good", get(work::good))
        .route("/blocking", get(work::blocking))
        .route("/threadpool", get(work::threadpool))
        .route("/ping", get("pong\n"));
    let limits = Limits {
        // While the loop is blocked, nobody's header is read: here that is the point.
        header_time: Duration::from_secs(3600),
        ..Limits::default()
    };
    let listener = TcpListener::from_std(listener)?;
    let stop = async move {
        // Nothing is ever sent; it ends when the channel is closed.
        let _ = stopped.recv().await;
    };
    server::serve(listener, TowerToHyperService::new(routes), &limits, stop).await;
    Ok(())
}
