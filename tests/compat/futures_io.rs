//! The extension traits of the futures crate read and write our types.

use std::io::IoSlice;

use buzzer::net::{TcpListener, TcpStream};
use futures::io::{AsyncReadExt, AsyncWriteExt};

async fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (here, there) = buzzer::gather!(TcpStream::connect(address), listener.accept()).await;
    (here.unwrap(), there.unwrap().0)
}

#[test]
fn a_tcp_stream_carries_everything_both_ways_up_to_the_close() {
    buzzer::block_on(async {
        let (mut here, mut there) = connected().await;
        let sent: Vec<u8> = (0..5_000_000_u32).map(|i| i as u8).collect();
        let echoing = buzzer::spawn(async move {
            let mut all = Vec::new();
            there.read_to_end(&mut all).await.unwrap();
            there.write_all(&all).await.unwrap();
        });
        here.write_all(&sent).await.unwrap();
        here.close().await.unwrap();
        let mut echoed = Vec::new();
        assert_eq!(here.read_to_end(&mut echoed).await.unwrap(), sent.len());
        assert!(echoed == sent);
        echoing.await.unwrap();
    });
}

#[test]
fn several_buffers_are_written_in_one_call() {
    buzzer::block_on(async {
        let (mut here, mut there) = connected().await;
        let parts = [&b"one"[..], b"", b" mocha"].map(IoSlice::new);
        assert_eq!(here.write_vectored(&parts).await.unwrap(), 9);
        let mut read = [0; 9];
        there.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"one mocha");
    });
}
