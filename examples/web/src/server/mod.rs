//! Serving HTTP/1 and HTTP/2 over a listener of buzzer's, within limits.
//!
//! Owns the accept loop; one connection is in `connection.rs`, and what watches it
//! in `stream.rs`. It takes any service of hyper's, also one that is not `Send`:
//! each connection is a task of the runtime's own thread.
//!
//! Who comes when [`Limits::connections`] are open waits in the listener's backlog
//! until one ends. It costs nothing meanwhile, not even a descriptor.

mod connection;
mod stream;

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_lock::Semaphore;
use buzzer::net::TcpListener;
use buzzer::time::{Instant, timeout};
use futures::FutureExt;
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use hyper::{Request, Response};

use crate::{log, spawn_named};

/// How much one client, and all of them together, may ask of a server.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections that are open at once.
    pub connections: usize,
    /// Bytes of a request's header, 8 KiB at least.
    pub header_size: usize,
    /// How long a request's header may take, from the connect or from the end of
    /// the response before it: so it also ends connections of HTTP/1 that idle. In
    /// HTTP/2, which has no such limit of its own, it is up to twice that time, and
    /// not less than `idle_time`.
    pub header_time: Duration,
    /// How long a connection may stand still, no byte going either way, while no
    /// handler is at work for it; it is closed before twice that time is over.
    pub idle_time: Duration,
    /// How long requests in flight may take when the server is told to stop. Of the
    /// other connections, those that idle are closed at once, and those that have
    /// sent half a request when they have stood still for a second.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 500,
            header_size: 16 * 1024,
            header_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(30),
            grace: Duration::from_secs(10),
        }
    }
}

/// How long an error of the listener is not told again. Without a free descriptor it
/// comes with each try, and the listener tries many times a second.
const QUIET: Duration = Duration::from_secs(60);

/// Serves each connection with a clone of `service` until `stop` is ready. Then the
/// listener is closed, so that new connections are refused; requests in flight are
/// answered, idle connections closed; and it returns the number of connections that
/// were not done in time and were cut.
pub async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    limits: &Limits,
    stop: impl Future<Output = ()> + 'static,
) -> usize
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
{
    let places = Arc::new(Semaphore::new(limits.connections));
    // Nothing is sent through it: each connection has an end, and it is closed when
    // the last of them has ended.
    let (open, all_ended) = async_channel::bounded::<Infallible>(1);
    let stop = stop.shared();
    let mut said: Option<Instant> = None;
    loop {
        let next = async {
            let place = places.acquire_arc().await;
            Some((place, listener.accept().await))
        };
        // The signal first: of two that are ready at once, it wins.
        let next = buzzer::race!(stop.clone().map(|()| None), next).await;
        let Some((place, accepted)) = next else { break };
        match accepted {
            Ok((stream, peer)) => {
                let connection =
                    connection::serve(stream, service.clone(), limits.clone(), stop.clone());
                let open = open.clone();
                spawn_named(&format!("connection of {peer}"), async move {
                    connection.await;
                    drop((place, open));
                });
            }
            // The listener itself waits a little before it tries again.
            Err(error) => {
                if said.is_none_or(|at| at.elapsed() > QUIET) {
                    said = Some(Instant::now());
                    log(format_args!("no connection can be accepted: {error}"));
                }
            }
        }
    }
    drop(listener);
    drop(open);
    // What is left after that is counted, and cut by whoever ends the runtime.
    _ = timeout(limits.grace, all_ended.recv()).await;
    all_ended.sender_count()
}
