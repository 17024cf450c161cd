//! tokio's own extension traits read and write our types, on our runtime.

use std::io::{IoSlice, SeekFrom};
use std::process::Stdio;

use buzzer::fs::File;
use buzzer::io::BufReader;
use buzzer::net::{TcpListener, TcpStream, UnixStream};
use buzzer::process::Command;
use buzzer::runtime::{Builder, FileIo};
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWrite, AsyncWriteExt,
};

async fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (here, there) = buzzer::gather!(TcpStream::connect(address), listener.accept()).await;
    (here.unwrap(), there.unwrap().0)
}

/// What tokio-postgres asks of a socket.
fn is_a_socket_for_libraries<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(_: &S) {}

#[test]
fn a_tcp_stream_carries_everything_both_ways_up_to_the_shutdown() {
    buzzer::block_on(async {
        let (mut here, mut there) = connected().await;
        is_a_socket_for_libraries(&here);
        let sent: Vec<u8> = (0..5_000_000_u32).map(|i| i as u8).collect();
        let echoing = buzzer::spawn(async move {
            let mut all = Vec::new();
            there.read_to_end(&mut all).await.unwrap();
            there.write_all(&all).await.unwrap();
        });
        here.write_all(&sent).await.unwrap();
        here.shutdown().await.unwrap();
        let mut echoed = Vec::new();
        assert_eq!(here.read_to_end(&mut echoed).await.unwrap(), sent.len());
        assert!(echoed == sent);
        echoing.await.unwrap();
    });
}

#[test]
fn a_read_fills_behind_what_the_buffer_holds_and_leaves_the_rest_of_it_alone() {
    buzzer::block_on(async {
        let (mut here, mut there) = connected().await;
        here.write_all(b"mocha").await.unwrap();
        let mut bytes = *b"one ..........";
        let mut buffer = tokio::io::ReadBuf::new(&mut bytes);
        buffer.advance(4);
        std::future::poll_fn(|cx| std::pin::Pin::new(&mut there).poll_read(cx, &mut buffer))
            .await
            .unwrap();
        assert_eq!(buffer.filled(), b"one mocha");
        assert_eq!(buffer.initialized().len(), 14);
        assert_eq!(&bytes, b"one mocha.....");
    });
}

#[test]
fn several_buffers_are_written_in_one_call() {
    buzzer::block_on(async {
        let (mut here, mut there) = connected().await;
        assert!(here.is_write_vectored());
        let parts = [&b"one"[..], b"", b" mocha"].map(IoSlice::new);
        assert_eq!(here.write_vectored(&parts).await.unwrap(), 9);
        let mut read = [0; 9];
        there.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"one mocha");
    });
}

#[test]
fn a_file_is_written_sought_and_read_both_ways_of_doing_files() {
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let runtime = Builder::new_current_thread().file_io(file_io).build();
        runtime.unwrap().block_on(async {
            let mut file = File::from_std(tempfile::tempfile().unwrap());
            AsyncWriteExt::write_all(&mut file, b"one mocha, two lattes")
                .await
                .unwrap();
            AsyncWriteExt::shutdown(&mut file).await.unwrap();
            let at = AsyncSeekExt::seek(&mut file, SeekFrom::Current(-6)).await;
            assert_eq!(at.unwrap(), 15);
            let mut rest = String::new();
            AsyncReadExt::read_to_string(&mut file, &mut rest)
                .await
                .unwrap();
            assert_eq!(rest, "lattes");
        });
    }
}

#[test]
fn lines_come_from_our_reader() {
    buzzer::block_on(async {
        let (mut here, there) = connected().await;
        AsyncWriteExt::write_all(&mut here, b"one\ntwo\r\nthree")
            .await
            .unwrap();
        drop(here);
        let lines = AsyncBufReadExt::lines(BufReader::with_capacity(2, there));
        let lines: Vec<String> = {
            let (mut lines, mut all) = (lines, Vec::new());
            while let Some(line) = lines.next_line().await.unwrap() {
                all.push(line);
            }
            all
        };
        assert_eq!(lines, ["one", "two", "three"]);
    });
}

#[test]
fn the_halves_of_a_unix_stream_and_the_pipes_of_a_child_carry_bytes() {
    buzzer::block_on(async {
        let (here, mut there) = UnixStream::pair().unwrap();
        let (mut read, mut write) = here.into_split();
        AsyncWriteExt::write_all(&mut write, b"one").await.unwrap();
        AsyncWriteExt::shutdown(&mut write).await.unwrap();
        let mut text = String::new();
        AsyncReadExt::read_to_string(&mut there, &mut text)
            .await
            .unwrap();
        drop(there);
        AsyncReadExt::read_to_string(&mut read, &mut text)
            .await
            .unwrap();
        let mut cat = Command::new("cat");
        let cat = cat.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = cat.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        AsyncWriteExt::write_all(&mut input, b" mocha")
            .await
            .unwrap();
        drop(input);
        let mut output = child.stdout.take().unwrap();
        AsyncReadExt::read_to_string(&mut output, &mut text)
            .await
            .unwrap();
        assert!(child.wait().await.unwrap().success());
        assert_eq!(text, "one mocha");
    });
}
