//! A program's own reader or writer may say "interrupted", as std's may. Then std's
//! rule holds: what makes several calls makes that one again, and what is one call
//! passes it on.

use std::cell::Cell;
use std::io::{self, ErrorKind, SeekFrom};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use buzzer::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite, AsyncWriteExt,
    BufReader, ReadBuf, copy, copy_bidirectional,
};
use buzzer::task::yield_now;

/// Gives and takes two bytes at a time; each call that does something is
/// interrupted twice before.
#[derive(Default)]
struct Interrupted<'a> {
    gives: &'a [u8],
    taken: Vec<u8>,
    /// How many calls have done something, or were interrupted.
    calls: u32,
    flushed: u32,
    shut_down: u32,
}

impl<'a> Interrupted<'a> {
    fn giving(gives: &'a [u8]) -> Self {
        Self {
            gives,
            ..Self::default()
        }
    }

    fn call(&mut self) -> io::Result<()> {
        self.calls += 1;
        match self.calls % 3 {
            0 => Ok(()),
            _ => Err(ErrorKind::Interrupted.into()),
        }
    }
}

impl AsyncRead for Interrupted<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.call()?;
        let (now, later) = self
            .gives
            .split_at(self.gives.len().min(buffer.remaining()).min(2));
        buffer.put_slice(now);
        self.gives = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Interrupted<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.call()?;
        let now = &bytes[..bytes.len().min(2)];
        self.taken.extend_from_slice(now);
        Poll::Ready(Ok(now.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.call()?;
        self.flushed += 1;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.call()?;
        self.shut_down += 1;
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Interrupted<'_> {
    fn start_seek(self: Pin<&mut Self>, _: SeekFrom) -> io::Result<()> {
        Ok(())
    }

    fn poll_complete(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        self.call()?;
        Poll::Ready(Ok(7))
    }
}

const TEXT: &[u8] = b"one mocha\ntwo lattes\nthree";

/// What one operation gives, and the calls of the reader or writer that it took.
type Row = (&'static str, io::Result<String>);

fn text(bytes: &[u8]) -> String {
    str::from_utf8(bytes).unwrap().to_owned()
}

#[test]
fn what_makes_several_calls_makes_an_interrupted_one_again() {
    let rows = buzzer::block_on(async {
        let mut rows: Vec<Row> = Vec::new();
        let reader = || Interrupted::giving(TEXT);
        let buffered = || BufReader::with_capacity(4, reader());

        let mut bytes = [0; 9];
        let read = reader().read_exact(&mut bytes).await;
        rows.push(("read_exact", read.map(|_| text(&bytes))));
        let read = buffered().read_exact(&mut bytes).await;
        rows.push(("read_exact, buffered", read.map(|_| text(&bytes))));

        let mut bytes = Vec::new();
        let read = reader().read_to_end(&mut bytes).await;
        rows.push(("read_to_end", read.map(|_| text(&bytes))));
        let mut bytes = Vec::with_capacity(TEXT.len());
        let read = buffered().read_to_end(&mut bytes).await;
        rows.push(("read_to_end, buffered", read.map(|_| text(&bytes))));

        let mut string = String::new();
        let read = reader().read_to_string(&mut string).await;
        rows.push(("read_to_string", read.map(|_| string)));
        let mut string = String::new();
        let read = buffered().read_to_string(&mut string).await;
        rows.push(("read_to_string, buffered", read.map(|_| string)));

        let mut bytes = Vec::new();
        let read = buffered().read_until(b'o', &mut bytes).await;
        rows.push(("read_until", read.map(|_| text(&bytes))));
        let mut bytes = Vec::new();
        let read = buffered().read_until(b'?', &mut bytes).await;
        rows.push(("read_until, to the end", read.map(|_| text(&bytes))));
        let mut line = String::new();
        let read = buffered().read_line(&mut line).await;
        rows.push(("read_line", read.map(|_| line)));
        let mut lines = buffered().lines();
        for name in ["lines, first", "lines, second", "lines, last"] {
            rows.push((name, lines.next_line().await.map(Option::unwrap)));
        }
        assert_eq!(lines.next_line().await.unwrap(), None);

        let mut writer = Interrupted::default();
        let written = writer.write_all(TEXT).await;
        rows.push(("write_all", written.map(|()| text(&writer.taken))));
        let mut writer = BufReader::new(Interrupted::default());
        let written = writer.write_all(TEXT).await;
        let taken = text(&writer.get_ref().taken);
        rows.push(("write_all, past a buffer", written.map(|()| taken)));

        let mut writer = Interrupted::default();
        let copied = copy(&mut reader(), &mut writer).await;
        rows.push(("copy", copied.map(|_| text(&writer.taken))));
        assert_eq!(writer.flushed, 1);

        let (mut one, mut other) = (reader(), Interrupted::giving(b"thanks"));
        let copied = copy_bidirectional(&mut one, &mut other).await;
        let both = copied.map(|_| (text(&other.taken), text(&one.taken)));
        let (there, back) = both.map_or_else(
            |error| (Err(error.kind().into()), Err(error)),
            |(there, back)| (Ok(there), Ok(back)),
        );
        rows.push(("copy_bidirectional, there", there));
        rows.push(("copy_bidirectional, back", back));
        assert_eq!((one.shut_down, other.shut_down), (1, 1));
        rows
    });
    let all = text(TEXT);
    let expected = [
        ("read_exact", "one mocha"),
        ("read_exact, buffered", "one mocha"),
        ("read_to_end", &all),
        ("read_to_end, buffered", &all),
        ("read_to_string", &all),
        ("read_to_string, buffered", &all),
        ("read_until", "o"),
        ("read_until, to the end", &all),
        ("read_line", "one mocha\n"),
        ("lines, first", "one mocha"),
        ("lines, second", "two lattes"),
        ("lines, last", "three"),
        ("write_all", &all),
        ("write_all, past a buffer", &all),
        ("copy", &all),
        ("copy_bidirectional, there", &all),
        ("copy_bidirectional, back", "thanks"),
    ];
    let got: Vec<_> = rows
        .iter()
        .map(|(name, row)| (*name, row.as_deref().unwrap_or("an error")))
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn what_is_one_call_says_that_it_was_interrupted() {
    buzzer::block_on(async {
        let mut reader = Interrupted::giving(TEXT);
        let mut buffered = BufReader::with_capacity(4, Interrupted::giving(TEXT));
        for expected in [true, true, false] {
            let read = reader.read(&mut [0; 4]).await;
            assert_eq!(read.is_err(), expected);
            let read = buffered.read(&mut [0; 1]).await;
            assert_eq!(read.is_err(), expected);
        }
        for _ in 0..2 {
            // All that it holds has been read.
            buffered.consume(usize::MAX);
            let error = buffered.fill_buf().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Interrupted);
        }
        assert_eq!(buffered.fill_buf().await.unwrap(), b"e ");

        let mut writer = Interrupted::default();
        let slices = [io::IoSlice::new(b"tea")];
        let interrupted = [
            writer.write(b"tea").await.map(drop),
            writer.write(b"tea").await.map(drop),
            writer.write(b"tea").await.map(drop),
            writer.write_vectored(&slices).await.map(drop),
            writer.write_vectored(&slices).await.map(drop),
            writer.write_vectored(&slices).await.map(drop),
            writer.flush().await,
            writer.flush().await,
            writer.flush().await,
            writer.shutdown().await,
            writer.shutdown().await,
            writer.shutdown().await,
            writer.seek(SeekFrom::Start(7)).await.map(drop),
            writer.rewind().await.map(drop),
            writer.stream_position().await.map(drop),
        ]
        .map(|result| result.is_err());
        assert_eq!(interrupted, [[true, true, false]; 5].concat()[..]);
        assert_eq!(writer.taken, b"tete");
    });
}

/// Whose every call is interrupted.
struct Always;

impl AsyncRead for Always {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Err(ErrorKind::Interrupted.into()))
    }
}

impl AsyncWrite for Always {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Interrupted.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(ErrorKind::Interrupted.into()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(ErrorKind::Interrupted.into()))
    }
}

#[test]
fn calls_that_are_interrupted_for_ever_let_other_tasks_run() {
    buzzer::block_on(async {
        let done = Rc::new(Cell::new(0));
        let tasks = [
            buzzer::spawn(async { drop(Always.read_exact(&mut [0; 1]).await) }),
            buzzer::spawn(async { drop(Always.read_to_end(&mut Vec::new()).await) }),
            buzzer::spawn(async { drop(BufReader::new(Always).lines().next_line().await) }),
            buzzer::spawn(async { drop(Always.write_all(b"tea").await) }),
            buzzer::spawn(async { drop(copy(&mut Always, &mut Vec::new()).await) }),
            buzzer::spawn(async { drop(copy(&mut &b"tea"[..], &mut Always).await) }),
        ];
        let other = buzzer::spawn({
            let done = done.clone();
            async move {
                for _ in 0..3 {
                    yield_now().await;
                    done.set(done.get() + 1);
                }
            }
        });
        other.await.unwrap();
        assert_eq!(done.get(), 3);
        for task in tasks {
            assert!(!task.is_finished());
            task.abort();
        }
    });
}
