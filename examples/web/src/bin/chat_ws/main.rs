//! A chat over WebSocket and TLS, server and client: async-tungstenite and
//! futures-rustls, which take any stream that has the traits of futures-io.
//!
//!     cargo run -p buzzer-web --bin chat_ws
//!
//! It prints the command by which others join, from other terminals. Whatever one of
//! them types, all others see. Any other WebSocket client will do too, if it trusts
//! the certificate: its first message is its name, each further one is passed on.
//!
//! - `server.rs`: who comes in, and the end
//! - `visitor.rs`: one client, from its handshakes to its close
//! - `room.rs`: who is there, and what each has still to hear
//! - `tls.rs`: the certificate, made anew by each server
//! - `client.rs`: the other end
//!
//! All of it is one thread: the room is an `Rc`, and there is no lock.

mod client;
mod room;
mod server;
mod tls;
mod visitor;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use buzzer_web::exit;
use clap::Parser;

/// A chat over WebSocket and TLS. Without --client it is the server, which prints how
/// to join it
#[derive(Parser)]
struct Arguments {
    /// Where the server listens; at port 0 the system chooses one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: String,

    /// The server's certificate: the server writes it, clients trust it. The server's
    /// default is a temporary file
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,

    /// Join the chat at this URL, such as wss://localhost:4433
    #[arg(long, value_name = "URL", requires = "certificate", requires = "name")]
    client: Option<String>,

    /// The name to join by
    #[arg(long, requires = "client")]
    name: Option<String>,
}

fn run() -> Result<()> {
    let arguments = Arguments::parse();
    match (arguments.client, arguments.certificate, arguments.name) {
        (Some(url), Some(certificate), Some(name)) => {
            buzzer::block_on(client::run(&url, &certificate, &name))
        }
        (_, Some(file), _) => buzzer::block_on(server::run(&arguments.listen, &file)),
        (_, None, _) => {
            let folder = tempfile::tempdir().context("can't make a temporary folder")?;
            let file = folder.path().join("chat_ws.pem");
            buzzer::block_on(server::run(&arguments.listen, &file))
        }
    }
}

fn main() -> ExitCode {
    exit::code("chat_ws", run())
}
