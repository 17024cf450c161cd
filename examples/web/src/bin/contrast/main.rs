//! The document's warning, measured: the same requests to a handler that awaits, to
//! one that blocks, and to one that lets a thread of the pool block for it.
//!
//!     cargo run -p buzzer-web --bin contrast
//!     cargo run -p buzzer-web --bin contrast -- --requests 100 --millis 10
//!
//! "If you use synchronous (blocking) I/O calls within an `async def` endpoint without
//! proper handling (like `run_in_threadpool`), you negate the benefits and block the
//! event loop." The handlers are those of `service` (../service/work.rs); here they are
//! served by a thread of their own, and asked by another.
//!
//! - `serving.rs`: the server's thread
//! - `load.rs`: the requests, and a bystander who wants next to nothing
//! - `drawing.rs`: what they saw
//!
//! Next: service, where the same handlers stand beside files, databases and limits.

mod drawing;
mod load;
#[path = "../service/refusal.rs"]
#[allow(dead_code, reason = "the other handlers of `service` use the rest")]
mod refusal;
mod serving;
#[path = "../service/work.rs"]
mod work;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use buzzer_web::exit;
use clap::Parser;
use clap::value_parser;

/// Measures what a blocking call in an async handler does to everybody else
#[derive(Parser)]
struct Arguments {
    /// Requests that are sent at once, to each of the three routes
    #[arg(long, default_value_t = 20, value_parser = value_parser!(u32).range(1..=400))]
    requests: u32,

    /// Milliseconds that each of them takes
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u64).range(1..=1000))]
    millis: u64,
}

fn run(out: &mut impl Write) -> Result<()> {
    let arguments = Arguments::parse();
    let work = Duration::from_millis(arguments.millis);
    let server = serving::Server::start()?;
    let rounds = buzzer::block_on(async {
        let mut rounds = Vec::new();
        for route in load::ROUTES {
            let round = load::round(server.address(), route, arguments.requests, work);
            rounds.push(round.await?);
        }
        anyhow::Ok(rounds)
    })?;
    drop(server);
    drawing::draw(out, &rounds, work)?;
    Ok(())
}

fn main() -> ExitCode {
    exit::code("contrast", run(&mut io::stdout()))
}
