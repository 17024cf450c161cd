//! What reads and writes do to the program's memory: no more of it than is needed,
//! and all that is asked for.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use buzzer::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};

/// Gives its pieces, one for each read, and then the end.
struct Pieces<'a>(VecDeque<&'a [u8]>);

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(piece) = self.0.pop_front() {
            let (now, later) = piece.split_at(piece.len().min(buffer.remaining()));
            buffer.put_slice(now);
            if !later.is_empty() {
                self.0.push_front(later);
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[test]
fn memory_that_what_is_read_fits_into_is_not_grown() {
    buzzer::block_on(async {
        let text: Vec<u8> = (0..3_000_u32).map(|n| n as u8).collect();
        for length in [0, 1, 31, 32, 33, 1_000, 1_024, 1_025, 3_000] {
            let all = &text[..length];
            for split in [0, 1, length / 2, length.saturating_sub(1)] {
                let (first, second) = all.split_at(split.min(length));
                for room in [0, 1, 31, 32, 33, 1_024, 3_000] {
                    for before in [0, 5] {
                        let pieces = [first, second].into_iter().filter(|p| !p.is_empty());
                        let mut bytes = Vec::with_capacity(before + room);
                        bytes.resize(before, 7);
                        let capacity = bytes.capacity();
                        let mut reader = Pieces(pieces.collect());
                        let read = reader.read_to_end(&mut bytes).await.unwrap();
                        assert_eq!((read, &bytes[before..]), (length, all));
                        match length <= capacity - before {
                            true => assert_eq!(bytes.capacity(), capacity, "{length} in {room}"),
                            // Doubled at most, or a read's worth more.
                            false => assert!(
                                bytes.capacity() <= 2 * (before + length).max(capacity) + 1_024,
                                "{} for {length} in {room}",
                                bytes.capacity()
                            ),
                        }
                    }
                }
            }
        }
    });
}

#[test]
fn text_that_fits_exactly_is_not_grown_through_a_buffer_either() {
    buzzer::block_on(async {
        let mut text = String::with_capacity(9);
        let mut reader = BufReader::with_capacity(4, &b"one mocha"[..]);
        reader.read_to_string(&mut text).await.unwrap();
        assert_eq!((&*text, text.capacity()), ("one mocha", 9));
        let mut nothing = Vec::new();
        (&b""[..]).read_to_end(&mut nothing).await.unwrap();
        assert_eq!(nothing.capacity(), 0);
    });
}

#[test]
fn memory_takes_several_buffers_in_one_call() {
    buzzer::block_on(async {
        let mut served = b"> ".to_vec();
        let parts = [&b""[..], b"one", b"", b" mocha"].map(IoSlice::new);
        assert!(served.is_write_vectored());
        assert_eq!(served.write_vectored(&parts).await.unwrap(), 9);
        assert_eq!(served.write_vectored(&parts[..1]).await.unwrap(), 0);
        assert_eq!(served, b"> one mocha");
    });
}
