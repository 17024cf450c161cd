//! The load: many requests at once, and a bystander who wants next to nothing.

use std::cell::Cell;
use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use buzzer::net::TcpStream;
use buzzer::time::{Duration, Instant, sleep};
use buzzer::{gather, spawn, try_gather};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};

pub const ROUTES: [&str; 3] = ["/good", "/blocking", "/threadpool"];

/// The bystander's rest between an answer and the next request.
const REST: Duration = Duration::from_millis(1);

/// A request's begin and end, since the round began.
#[derive(Clone, Copy)]
pub struct Wait {
    pub asked: Duration,
    pub answered: Duration,
}

impl Wait {
    pub fn time(&self) -> Duration {
        self.answered - self.asked
    }
}

/// What all had to wait for while one route was under load.
pub struct Round {
    pub route: &'static str,
    pub requests: Vec<Wait>,
    pub pings: Vec<Wait>,
}

/// Sends `count` requests at once, each of which takes `work`, and pings until all
/// are answered.
pub async fn round(
    server: SocketAddr,
    route: &'static str,
    count: u32,
    work: Duration,
) -> Result<Round> {
    // Each has its connection before the clock runs, and has used it once.
    let clients = try_gather((0..count).map(|_| Client::connect(server))).await?;
    let mut bystander = Client::connect(server).await?;

    let begin = Instant::now();
    let path = format!("{route}?ms={}", work.as_millis());
    let done = Cell::new(false);
    let load = async {
        let requests = clients
            .into_iter()
            .map(async |mut client| client.ask(&path, begin).await);
        let waits = try_gather(requests).await;
        done.set(true);
        waits
    };
    let pinging = async {
        let mut pings = Vec::new();
        // The last one is asked before the end and answered after it.
        while !done.get() {
            pings.push(bystander.ask("/ping", begin).await?);
            sleep(REST).await;
        }
        Ok(pings)
    };
    let (requests, pings): (_, Result<_>) = gather!(load, pinging).await;
    Ok(Round {
        route,
        requests: requests?,
        pings: pings?,
    })
}

/// A connection that stays open.
struct Client(SendRequest<Empty<Bytes>>);

impl Client {
    async fn connect(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(stream).await?;
        spawn(connection);
        let mut client = Self(sender);
        client.ask("/ping", Instant::now()).await?;
        Ok(client)
    }

    async fn ask(&mut self, path: &str, begin: Instant) -> Result<Wait> {
        let asked = begin.elapsed();
        let request = Request::get(path).header("host", "contrast");
        let request = request.body(Empty::new())?;
        self.0.ready().await?;
        let response = self.0.send_request(request).await;
        let response = response.with_context(|| format!("{path} was not answered"))?;
        let status = response.status();
        response.into_body().collect().await?;
        ensure!(status.is_success(), "{path} was answered by {status}");
        let answered = begin.elapsed();
        Ok(Wait { asked, answered })
    }
}
