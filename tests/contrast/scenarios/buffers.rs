//! Buffers before readers and behind writers, and copies: what is held, what is passed on,
//! and what an error or a wait in the middle leaves behind.

use super::scripted::{Scripted, Step};
use super::*;
use Step::{Fail, Give, Take, Wait};
use std::io::IoSlice;
use tokio::io::{AsyncBufReadExt, BufWriter};

pub fn a_large_read_goes_past_the_buffer() -> Transcript {
    run(async || {
        let script = [Give("abcdefghijkl"), Give("mnop")];
        let mut reader = BufReader::with_capacity(4, Scripted::reading(&script));
        let mut large = [0; 8];
        note!("{:?} {:?}", reader.read(&mut large).await, text(&large));
        note!("held {:?}", text(reader.buffer()));
        let mut small = [0; 2];
        note!("{:?} {:?}", reader.read(&mut small).await, text(&small));
        note!("held {:?}", text(reader.buffer()));
        // What is held comes first, though there is room for more.
        note!("{:?}", receive(&mut reader).await);
        note!("{:?}", receive(&mut reader).await);
        note!("{:?}", receive(&mut reader).await);
    })
}

pub fn what_a_buffer_holds_is_lost_with_it() -> Transcript {
    run(async || {
        let mut reader = BufReader::with_capacity(4, &b"abcdefgh"[..]);
        note!("{:?}", text(reader.fill_buf().await.unwrap()));
        reader.consume(1);
        note!("{:?}", text(reader.fill_buf().await.unwrap()));
        note!("{:?}", text(reader.buffer()));
        let mut inner = reader.into_inner();
        note!("{:?}", receive(&mut inner).await);
    })
}

pub fn a_line_comes_in_pieces_with_waits_between() -> Transcript {
    run(async || {
        let script = [
            Give("fir"),
            Wait,
            Give("st\r"),
            Wait,
            Wait,
            Give("\nsec"),
            Give("ond"),
        ];
        let mut lines = BufReader::new(Scripted::reading(&script)).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            note!("{line:?}");
        }
        let script = [Give("a;b"), Wait, Give(";"), Give(";c")];
        let mut parts = BufReader::new(Scripted::reading(&script)).split(b';');
        while let Some(part) = parts.next_segment().await.unwrap() {
            note!("{:?}", text(&part));
        }
    })
}

pub fn an_error_in_the_middle_of_a_line() -> Transcript {
    run(async || {
        let script = [Give("one\ntw"), Fail(ErrorKind::TimedOut), Give("o\nthree")];
        let mut reader = BufReader::new(Scripted::reading(&script));
        let mut line = String::new();
        for _ in 0..4 {
            say("line", reader.read_line(&mut line).await);
            note!("{line:?}");
        }
    })
    .differs(Difference {
        because: "in buzzer bytes leave the buffer with the whole line, so that a call which \
                  ends early has lost none",
        buzzer: &[
            "0 ms: line: fine",
            "0 ms: \"one\\n\"",
            "0 ms: line: TimedOut",
            "0 ms: \"one\\n\"",
            "0 ms: line: fine",
            "0 ms: \"one\\ntwo\\n\"",
            "0 ms: line: fine",
            "0 ms: \"one\\ntwo\\nthree\"",
        ],
        tokio: &[
            "0 ms: line: fine",
            "0 ms: \"one\\n\"",
            "0 ms: line: TimedOut",
            "0 ms: \"one\\ntw\"",
            "0 ms: line: fine",
            "0 ms: \"one\\ntwo\\n\"",
            "0 ms: line: fine",
            "0 ms: \"one\\ntwo\\nthree\"",
        ],
    })
}

pub fn an_error_in_the_middle_of_reading_to_the_end() -> Transcript {
    run(async || {
        let script = [
            Give("one"),
            Wait,
            Fail(ErrorKind::ConnectionReset),
            Give("two"),
        ];
        let mut reader = Scripted::reading(&script);
        let mut all = b"zero ".to_vec();
        say("to the end", reader.read_to_end(&mut all).await);
        note!("{:?}", text(&all));
        note!("{:?}", reader.read_to_end(&mut all).await);
        note!("{:?}", text(&all));
    })
}

pub fn text_that_is_none_leaves_the_string_as_it_was() -> Transcript {
    run(async || {
        let mut all = String::from("before ");
        let mut bytes: &[u8] = b"fine\n\xff\n";
        say("to the end", bytes.read_to_string(&mut all).await);
        note!("{all:?}");
        let mut reader = BufReader::new(&b"fine\n\xff\nmore\n"[..]);
        for _ in 0..3 {
            say("line", reader.read_line(&mut all).await);
            note!("{all:?}");
        }
    })
}

pub fn an_interrupted_read_and_write() -> Transcript {
    run(async || {
        let script = [Give("a"), Fail(ErrorKind::Interrupted), Give("bcd")];
        let mut reader = Scripted::reading(&script);
        let mut buffer = [0; 3];
        say("exactly", reader.read_exact(&mut buffer).await);
        note!("{:?}", receive(&mut reader).await);
        let script = [Take(1), Fail(ErrorKind::Interrupted)];
        say("write", Scripted::writing(&script).write_all(b"abc").await);
        let mut lines = BufReader::new(Scripted::reading(&[
            Give("on"),
            Fail(ErrorKind::Interrupted),
            Give("e\n"),
        ]));
        let mut line = String::new();
        say("line", lines.read_line(&mut line).await);
    })
}

pub fn exactly_so_many_and_no_more() -> Transcript {
    run(async || {
        let mut reader = Scripted::reading(&[Give("ab"), Wait, Give("cdef")]);
        let mut four = [0; 4];
        note!("{:?} {:?}", reader.read_exact(&mut four).await, text(&four));
        say("four more", reader.read_exact(&mut four).await);
        note!("{:?}", text(&four));
        note!("none: {:?}", reader.read_exact(&mut []).await);
    })
}

pub fn an_error_leaves_in_the_buffer_what_was_not_written() -> Transcript {
    run(async || {
        let script = [Take(2), Fail(ErrorKind::BrokenPipe), Take(1), Take(0)];
        let mut writer = BufWriter::new(Scripted::writing(&script));
        writer.write_all(b"abcdef").await.unwrap();
        for _ in 0..3 {
            say("flush", writer.flush().await);
            note!("held {:?}", text(writer.buffer()));
        }
    })
}

pub fn a_flush_given_up_goes_on_where_it_was() -> Transcript {
    run(async || {
        let script = [Take(2), Wait, Take(1), Wait];
        let mut writer = BufWriter::with_capacity(8, Scripted::writing(&script));
        writer.write_all(b"abcdef").await.unwrap();
        note!("{:?}", writer.flush().now_or_never().is_none());
        note!("held {:?}", text(writer.buffer()));
        writer.write_all(b"gh").await.unwrap();
        note!("{:?}", writer.flush().now_or_never().is_none());
        note!("held {:?}", text(writer.buffer()));
        say("shutdown", writer.shutdown().await);
    })
    .differs(Difference {
        because: "buzzer's buffer tells what is still to be written; tokio's has what is written \
                  too, until all is",
        buzzer: &[
            "0 ms: \"ab\" is written",
            "0 ms: true",
            "0 ms: held \"cdef\"",
            "0 ms: \"c\" is written",
            "0 ms: true",
            "0 ms: held \"defgh\"",
            "0 ms: \"defgh\" is written",
            "0 ms: shut down",
            "0 ms: shutdown: fine",
        ],
        tokio: &[
            "0 ms: \"ab\" is written",
            "0 ms: true",
            "0 ms: held \"abcdef\"",
            "0 ms: \"c\" is written",
            "0 ms: true",
            "0 ms: held \"abcdefgh\"",
            "0 ms: \"defgh\" is written",
            "0 ms: shut down",
            "0 ms: shutdown: fine",
        ],
    })
}

// A writer that has to wait while it makes room has taken none of the new bytes.
pub fn a_write_given_up_while_the_buffer_makes_room() -> Transcript {
    run(async || {
        let script = [Take(2), Wait];
        let mut writer = BufWriter::with_capacity(4, Scripted::writing(&script));
        writer.write_all(b"abc").await.unwrap();
        note!("{:?}", writer.write(b"de").now_or_never().is_none());
        note!("{:?}", writer.write(b"fg").await);
        note!("held {:?}", text(writer.buffer()));
        writer.flush().await.unwrap();
    })
}

// How they are cut into writes is each library's own; what comes out is not.
pub fn several_buffers_into_a_buffer() -> Transcript {
    run(async || {
        for capacity in [1, 6, 64] {
            let mut writer = BufWriter::with_capacity(capacity, Vec::new());
            let words = ["ab", "", "cd", "a long one", "", "ef"];
            let mut parts = words.map(|word| IoSlice::new(word.as_bytes()));
            let mut left = &mut parts[..];
            while !left.is_empty() {
                let written = writer.write_vectored(left).await.unwrap();
                IoSlice::advance_slices(&mut left, written);
            }
            writer.flush().await.unwrap();
            note!("{:?}", text(writer.get_ref()));
        }
    })
}

pub fn a_copy_flushes_while_its_reader_waits() -> Transcript {
    run(async || {
        let mut reader = Scripted::reading(&[Give("ab"), Give("cd"), Wait, Give("ef")]);
        let mut writer = BufWriter::new(Scripted::default());
        note!("{:?}", io::copy(&mut reader, &mut writer).await);
        note!("held {:?}", text(writer.buffer()));
    })
}

pub fn a_copy_meets_an_error_at_either_end() -> Transcript {
    run(async || {
        let script = [Give("abc"), Fail(ErrorKind::TimedOut), Give("d")];
        let mut reader = Scripted::reading(&script);
        say(
            "copy",
            io::copy(&mut reader, &mut Scripted::default()).await,
        );
        let mut reader = Scripted::reading(&[Give("abc"), Give("def")]);
        let mut writer = Scripted::writing(&[Take(2), Fail(ErrorKind::BrokenPipe)]);
        say("copy", io::copy(&mut reader, &mut writer).await);
        let mut writer = Scripted::writing(&[Take(2), Take(0)]);
        say("copy", io::copy(&mut &b"abc"[..], &mut writer).await);
    })
}

pub fn a_copy_out_of_a_buffer_meets_an_error() -> Transcript {
    run(async || {
        let mut from: &[u8] = b"abcdef";
        let mut writer = Scripted::writing(&[Take(2), Wait, Fail(ErrorKind::BrokenPipe)]);
        say("copy", io::copy_buf(&mut from, &mut writer).await);
        note!("{:?} left", text(from));
        let script = [Give("abc"), Wait, Fail(ErrorKind::TimedOut)];
        let mut reader = BufReader::new(Scripted::reading(&script));
        say(
            "copy",
            io::copy_buf(&mut reader, &mut Scripted::default()).await,
        );
    })
}
