//! An echo server and three clients, in one thread: who waits for what.
//!
//!     cargo run -p buzzer-chapters --bin sockets

use std::io;
use std::net::SocketAddr;

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::runtime::Builder;
use buzzer::task;

/// Answers with what comes, until the client says that no more does.
async fn echo(mut guest: TcpStream) -> io::Result<u64> {
    let mut some = [0; 16];
    let mut echoed = 0;
    loop {
        let length = guest.read(&mut some).await?;
        if length == 0 {
            return Ok(echoed);
        }
        guest.write_all(&some[..length]).await?;
        echoed += length as u64;
    }
}

async fn server(listener: TcpListener, guests: usize) -> io::Result<u64> {
    let mut echoes = Vec::new();
    for number in 1..=guests {
        let (guest, _) = listener.accept().await?;
        let name = format!("echo {number}");
        echoes.push(task::Builder::new().name(&name).spawn(echo(guest))?);
    }
    let mut echoed = 0;
    for echo in echoes {
        echoed += echo.await??;
    }
    Ok(echoed)
}

async fn client(to: SocketAddr, words: &str) -> io::Result<String> {
    let mut server = TcpStream::connect(to).await?;
    server.write_all(words.as_bytes()).await?;
    server.shutdown().await?; // Only this direction: the answer still comes.
    let mut answer = String::new();
    server.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn cafe() -> io::Result<()> {
    let orders = ["one espresso", "one latte", "whatever is quickest, please"];
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let named = task::Builder::new().name("server");
    let server = named.spawn(server(listener, orders.len()))?;
    let clients = orders.map(|order| client(address, order));
    for answer in buzzer::gather(clients).await {
        println!("{}", answer?);
    }
    println!("{} bytes came and went", server.await??);
    Ok(())
}

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread().build()?;
    runtime.block_on(cafe())
}
