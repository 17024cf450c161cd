//! A web service: an axum router over hyper on buzzer, with files, PostgreSQL and
//! Redis behind it.
//!
//!     cargo run -p buzzer-web --bin service
//!     cargo run -p buzzer-web --bin service -- --help
//!     cargo run -p buzzer-web --bin service -- --files .
//!
//! With PostgreSQL and Redis, `--postgres postgres://user:password@127.0.0.1/database`
//! and `--redis redis://127.0.0.1` besides.
//!
//! Then, from another terminal:
//!
//!     curl 'http://127.0.0.1:8080/'                        (the routes)
//!     curl 'http://127.0.0.1:8080/good?ms=1000'            (awaits a second)
//!     curl 'http://127.0.0.1:8080/blocking?ms=1000'        (blocks all for a second)
//!     curl 'http://127.0.0.1:8080/threadpool?ms=1000'      (blocks a thread for it)
//!     curl 'http://127.0.0.1:8080/file/Cargo.toml'
//!     curl 'http://127.0.0.1:8080/fetch?url=http://127.0.0.1:8080/good'
//!     curl 'http://127.0.0.1:8080/items' --json '{"name": "espresso"}'
//!     curl 'http://127.0.0.1:8080/items'
//!     curl 'http://127.0.0.1:8080/cache/greeting' -T - <<< 'Hello'
//!     curl 'http://127.0.0.1:8080/cache/greeting'
//!
//! Call `/good` while `/blocking?ms=10000` is at work: the one thread is held, and
//! everybody waits. While `/threadpool?ms=10000` is at work, nobody does.
//!
//! SIGTERM or Ctrl-C ends it: requests in flight are answered first. A second one
//! ends it at once.
//!
//! Where to read: `routes.rs` has the router; `work.rs`, `files.rs`, `fetch.rs`,
//! `items.rs` and `cache.rs` the handlers; `folder.rs`, `database.rs` and `store.rs`
//! what they ask; `outage.rs` and `refusal.rs` what a client is told when it goes wrong; and
//! `../../server/` how connections are served.

mod args;
mod cache;
mod database;
mod fetch;
mod files;
mod folder;
mod items;
mod outage;
mod refusal;
mod routes;
mod store;
mod work;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use buzzer::net::TcpListener;
use buzzer::runtime::Builder;
use buzzer::signal::unix::{Signal, SignalKind, signal};
use buzzer_web::{chain, log, server, spawn_named};
use clap::Parser;
use hyper_util::service::TowerToHyperService;

use args::Args;

/// So many polls at most before the loop looks who else has come. A connection that floods
/// takes up to 64 KiB by each (`server/stream.rs`), and an answer takes several such looks:
/// at the connection, at its request, at the room for the answer.
const POLLS: u32 = 16;

/// How long blocking jobs that nobody waits for any more may hold up the exit.
const LAST_JOBS: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(format_args!("service: {}", chain(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    let runtime = Builder::new_current_thread()
        .event_interval(POLLS)
        .build()?;
    let result = runtime.block_on(serve(args));
    if let Err(late) = runtime.shutdown_timeout(LAST_JOBS) {
        log(format_args!("service: {late}"));
    }
    result
}

async fn serve(args: Args) -> anyhow::Result<()> {
    let router = routes::router(&args)?;
    // Caught before anybody is told that the service is there.
    let mut signals = Signals::new()?;
    let listener = TcpListener::bind(&args.listen).await?;
    let address = listener.local_addr()?;
    writeln!(io::stdout(), "listening on http://{address}").context("standard output")?;

    let stop = async move {
        signals.next().await;
        log(format_args!(
            "stopping: requests in flight have {:?}",
            args.grace
        ));
        spawn_named("second signal", async move {
            signals.next().await;
            // What a shell expects of a program that a signal has ended.
            std::process::exit(130);
        });
    };
    let limits = args.limits();
    let cut = server::serve(listener, TowerToHyperService::new(router), &limits, stop).await;
    if cut > 0 {
        log(format_args!(
            "{cut} connections were not done in time, and are cut"
        ));
    }
    Ok(())
}

/// SIGTERM and SIGINT: what asks a program to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        buzzer::race!(self.terminate.recv(), self.interrupt.recv()).await;
    }
}
