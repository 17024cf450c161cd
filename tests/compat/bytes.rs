//! The buffers of the crate `bytes`: what is read is behind what they hold, and what was
//! written is gone from them.

use buzzer::io::{AsyncReadExt, AsyncWriteExt, BufWriter, duplex};
use bytes::{Buf, BufMut, Bytes, BytesMut};

#[test]
fn what_is_read_is_appended_and_a_full_buffer_reads_nothing() {
    buzzer::block_on(async {
        let mut from = &b"one mocha"[..];
        let mut buffer = BytesMut::with_capacity(64);
        buffer.put_slice(b"> ");
        assert_eq!(from.read_buf(&mut buffer).await.unwrap(), 9);
        assert_eq!(from.read_buf(&mut buffer).await.unwrap(), 0);
        assert_eq!(buffer, b"> one mocha"[..]);
        let mut bounded = [0; 4];
        let mut room = &mut bounded[..];
        let mut from = &b"one mocha"[..];
        assert_eq!(from.read_buf(&mut room).await.unwrap(), 4);
        assert_eq!(from.read_buf(&mut room).await.unwrap(), 0);
        assert_eq!((&bounded, from), (b"one ", &b"mocha"[..]));
    });
}

#[test]
fn a_buffer_of_several_pieces_is_written_whole_and_is_empty_then() {
    buzzer::block_on(async {
        let mut order = Bytes::from_static(b"one ").chain(&b"mocha"[..]);
        let mut served = Vec::new();
        assert_eq!(served.write_buf(&mut order).await.unwrap(), 9);
        assert_eq!(served.write_buf(&mut order).await.unwrap(), 0);
        assert_eq!((&served[..], order.remaining()), (&b"one mocha"[..], 0));
    });
}

#[test]
fn a_write_given_up_leaves_in_the_buffer_what_was_not_written() {
    buzzer::block_on(async {
        let (mut here, mut there) = duplex(4);
        let mut order = Bytes::from_static(b"one mocha");
        let given_up = futures::FutureExt::now_or_never(here.write_all_buf(&mut order));
        assert!(given_up.is_none());
        assert_eq!(order, b"mocha"[..]);
        let mut got = BytesMut::new();
        there.read_buf(&mut got).await.unwrap();
        let rest = async {
            here.write_all_buf(&mut order).await.unwrap();
            drop(here);
        };
        let read = async { while there.read_buf(&mut got).await.unwrap() > 0 {} };
        buzzer::gather!(rest, read).await;
        assert_eq!(got, b"one mocha"[..]);
    });
}

#[test]
fn a_writer_that_takes_nothing_more_is_told_and_the_rest_kept() {
    buzzer::block_on(async {
        let mut bounded = [0; 4];
        let mut to = std::io::Cursor::new(&mut bounded[..]);
        let mut order = Bytes::from_static(b"one mocha");
        let error = to.write_all_buf(&mut order).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::WriteZero);
        assert_eq!(order, b"mocha"[..]);
        let mut gathered = BufWriter::new(Vec::new());
        gathered.write_all_buf(&mut order).await.unwrap();
        assert_eq!(gathered.buffer(), b"mocha");
    });
}

#[test]
fn sockets_and_pipes_append_to_a_buffer_what_is_there() {
    use std::io::ErrorKind;

    use buzzer::net::unix::pipe::pipe;
    use buzzer::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixStream};

    buzzer::block_on(async {
        let mut got = BytesMut::from(&b"> "[..]);
        let (here, mut there) = UnixStream::pair().unwrap();
        let nothing = here.try_read_buf(&mut got).unwrap_err();
        assert_eq!((nothing.kind(), got.len()), (ErrorKind::WouldBlock, 2));
        there.write_all(b"one").await.unwrap();
        here.readable().await.unwrap();
        assert_eq!(here.try_read_buf(&mut got).unwrap(), 3);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = TcpStream::connect(listener.local_addr().unwrap());
        let (mut here, mut there) = (here.await.unwrap(), listener.accept().await.unwrap().0);
        there.write_all(b" mo").await.unwrap();
        let (reads, _) = here.split();
        reads.readable().await.unwrap();
        assert_eq!(reads.try_read_buf(&mut got).unwrap(), 3);
        there.write_all(b"ch").await.unwrap();
        let (reads, _writes) = here.into_split();
        reads.readable().await.unwrap();
        assert_eq!(reads.try_read_buf(&mut got).unwrap(), 2);
        let (sender, receiver) = pipe().unwrap();
        sender.try_write(b"a").unwrap();
        receiver.readable().await.unwrap();
        assert_eq!(receiver.try_read_buf(&mut got).unwrap(), 1);
        assert_eq!(got, b"> one mocha"[..]);

        let (here, there) = UnixDatagram::pair().unwrap();
        let nothing = here.try_recv_buf(&mut got).unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
        got.clear();
        there.send(b"one").await.unwrap();
        assert_eq!(here.recv_buf(&mut got).await.unwrap(), 3);
        there.send(b" ").await.unwrap();
        here.readable().await.unwrap();
        assert_eq!(here.try_recv_buf(&mut got).unwrap(), 1);
        there.send(b"m").await.unwrap();
        let (length, from) = here.recv_buf_from(&mut got).await.unwrap();
        assert!(length == 1 && from.is_unnamed());
        let here = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let there = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let to = here.local_addr().unwrap();
        there.send_to(b"och", to).await.unwrap();
        let (length, from) = here.recv_buf_from(&mut got).await.unwrap();
        assert_eq!((length, from), (3, there.local_addr().unwrap()));
        there.send_to(b"a", to).await.unwrap();
        here.readable().await.unwrap();
        assert_eq!(here.try_recv_buf_from(&mut got).unwrap().0, 1);
        assert_eq!(got, b"one mocha"[..]);
        // What has no room for a datagram loses what of it doesn't fit.
        let mut little = [0; 2];
        there.send_to(b"mocha", to).await.unwrap();
        assert_eq!(here.recv_buf(&mut &mut little[..]).await.unwrap(), 2);
        assert_eq!(&little, b"mo");
    });
}

#[test]
fn a_read_buf_is_a_buffer_of_bytes_too() {
    use buzzer::io::ReadBuf;

    let mut room = [0; 9];
    let mut buffer = ReadBuf::new(&mut room);
    buffer.put_slice(b"one ");
    buffer.put(&b"moch"[..]);
    assert_eq!(buffer.remaining_mut(), 1);
    buffer.put_u8(b'a');
    assert_eq!(buffer.filled(), b"one mocha");
    assert!(!buffer.has_remaining_mut());
}
