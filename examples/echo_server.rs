//! The smallest server: a task for each connection, all of them on one thread.
//!
//!     cargo run --example echo_server
//!     cargo run --example echo_server -- 127.0.0.1:7000     (until Ctrl-C)
//!
//! Without an address it is a server and three clients in one program. All three are
//! connected at once; one says nothing for a while, which holds up nobody, and one
//! breaks off, which is the end of that connection and of no other.
//!
//! Next: sonar, the same without connections.

mod common;

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::rc::Rc;
use std::{env, str};

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::{race, spawn};
use common::{ended, report, say, usage};

/// Echoes to everyone who connects. It ends only if its notes can't be printed.
async fn serve(listener: TcpListener) -> io::Result<()> {
    let open = Rc::new(Cell::new(0));
    loop {
        let (mut stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            // There are too many at once, say. The next accept waits a little by itself.
            Err(error) => {
                report(&error);
                continue;
            }
        };
        open.set(open.get() + 1);
        say(format_args!("  {peer} came; {} open", open.get()))?;
        let open = Rc::clone(&open);
        // Nobody awaits the task: it deals with its errors itself.
        spawn(async move {
            let how = match echo(&mut stream).await {
                Ok(bytes) => format!("left after {bytes} bytes"),
                Err(error) => format!("is lost: {error}"),
            };
            open.set(open.get() - 1);
            // Fails if nobody reads any more. The next to come ends the server.
            let _ = say(format_args!("  {peer} {how}; {} open", open.get()));
            // `stream` is dropped here, and with it the connection.
        });
    }
}

/// Sends back what comes, until nothing comes any more, and says how much it was.
async fn echo(stream: &mut TcpStream) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    let mut echoed = 0;
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(echoed);
        }
        stream.write_all(&buffer[..length]).await?;
        echoed += length;
    }
}

/// One of the clients in the demonstration.
struct Client {
    name: &'static str,
    stream: TcpStream,
}

impl Client {
    async fn connect(name: &'static str, server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        Ok(Self { name, stream })
    }

    /// Says something and waits until all of it has come back.
    async fn order(&mut self, drink: &str) -> io::Result<()> {
        self.stream.write_all(drink.as_bytes()).await?;
        let mut heard = vec![0; drink.len()];
        self.stream.read_exact(&mut heard).await?;
        let heard = str::from_utf8(&heard).map_err(io::Error::other)?;
        say(format_args!(
            "{} says {drink:?}, hears {heard:?}",
            self.name
        ))
    }

    /// Says that nothing more will come, and waits until the server has gone too.
    async fn leave(mut self) -> io::Result<()> {
        say(format_args!("{} says goodbye", self.name))?;
        self.stream.shutdown().await?;
        self.stream.read_to_end(&mut Vec::new()).await.map(drop)
    }

    /// Is gone without a word.
    fn break_off(self) -> io::Result<()> {
        say(format_args!("{} pulls the plug", self.name))?;
        self.stream.set_zero_linger()
    }
}

async fn clients(server: SocketAddr) -> io::Result<()> {
    let mut ada = Client::connect("Ada", server).await?;
    ada.order("filter coffee").await?;
    let mut grace = Client::connect("Grace", server).await?;
    grace.order("latte").await?;
    let mut edsger = Client::connect("Edsger", server).await?;
    edsger.order("espresso").await?;
    grace.order("another latte").await?; // Ada says nothing, and is in nobody's way.
    edsger.break_off()?;
    grace.leave().await?;
    ada.order("my bill").await?;
    ada.leave().await
}

async fn demonstrate() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    say(format_args!("Echoing at {address}"))?;
    // The clients come to an end and the server does not, so it is dropped then.
    race!(serve(listener), clients(address)).await?;
    say("\nNow you. In one terminal and in another:")?;
    say("    cargo run --example echo_server -- 127.0.0.1:7000")?;
    say("    nc 127.0.0.1 7000")
}

async fn serve_at(address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    say(format_args!("Echoing at {}", listener.local_addr()?))?;
    serve(listener).await
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_str()).collect();
    let result = match &arguments[..] {
        [] => buzzer::block_on(demonstrate()),
        [Some(address)] if address.contains(':') => buzzer::block_on(serve_at(address)),
        _ => return usage("[ADDRESS:PORT]"),
    };
    ended(result)
}
