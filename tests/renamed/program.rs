//! A program for tokio, as its guide would have it. `cargo run -p buzzer-renamed-tests`.

use std::error::Error;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (close, mut closing) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let (served, mut greetings) = mpsc::channel(1);
        let mut count = 0;
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (mut socket, _) = accepted.unwrap();
                    let served = served.clone();
                    tokio::spawn(async move {
                        let mut greeting = String::new();
                        socket.read_to_string(&mut greeting).await.unwrap();
                        served.send(greeting).await.unwrap();
                    });
                }
                Some(greeting) = greetings.recv() => {
                    count += 1;
                    println!("{count}: {greeting}");
                }
                _ = &mut closing, if count == 2 => break count,
            }
        }
    });
    for greeting in ["hello", "again"] {
        let mut client = TcpStream::connect(address).await?;
        client.write_all(greeting.as_bytes()).await?;
        client.shutdown().await?;
        // Until the server has served it.
        client.read_to_string(&mut String::new()).await?;
    }
    close.send(()).map_err(|()| "the server is gone")?;
    assert_eq!(server.await?, 2);
    Ok(())
}
