//! Readers and writers made of others: what is held, what is passed on, and what an error
//! or a wait in the middle leaves behind.

use super::scripted::{Scripted, Step};
use super::*;
use Step::{Fail, Give, Take, Wait};
use std::io::{Cursor, IoSlice};
use std::pin::Pin;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufStream, BufWriter, SeekFrom};

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

pub fn a_number_that_ends_too_soon_or_is_given_up() -> Transcript {
    run(async || {
        let mut bytes: &[u8] = &[1, 2, 3];
        say("u16", bytes.read_u16().await);
        say("u16", bytes.read_u16().await);
        note!("{} left", bytes.len());
        let (mut here, mut there) = io::duplex(8);
        here.write_all(&[0, 0]).await.unwrap();
        note!("{}", timeout(ms(5), there.read_u32()).await.is_err());
        here.write_all(&[0, 0, 0, 7]).await.unwrap();
        note!("{:?}", there.read_u32().await);
    })
}

pub fn numbers_of_every_kind_there_and_back() -> Transcript {
    run(async || {
        let mut to = Vec::new();
        to.write_i16(i16::MIN).await.unwrap();
        to.write_i16_le(-2).await.unwrap();
        to.write_u32_le(u32::MAX - 1).await.unwrap();
        to.write_i64(i64::MIN).await.unwrap();
        to.write_i64_le(i64::MIN).await.unwrap();
        to.write_u128(1 << 100).await.unwrap();
        to.write_u128_le(1 << 100).await.unwrap();
        to.write_i32_le(-3).await.unwrap();
        to.write_f32_le(f32::NEG_INFINITY).await.unwrap();
        to.write_f64(f64::MIN_POSITIVE).await.unwrap();
        note!("{to:02x?}");
        let mut from = &to[..];
        note!("{:?} {:?}", from.read_i16().await, from.read_i16_le().await);
        note!("{:?} {:?}", from.read_u32_le().await, from.read_i64().await);
        note!(
            "{:?} {:?}",
            from.read_i64_le().await,
            from.read_u128().await
        );
        note!(
            "{:?} {:?}",
            from.read_u128_le().await,
            from.read_i32_le().await
        );
        note!("{:?} {:?}", from.read_f32_le().await, from.read_f64().await);
        note!("{} left", from.len());
    })
}

pub fn a_number_is_written_byte_by_byte() -> Transcript {
    run(async || {
        let script = [Take(1), Wait, Take(2), Wait];
        let mut writer = Scripted::writing(&script);
        writer.write_u32(0x61_62_63_64).await.unwrap();
        let mut writer = Scripted::writing(&[Take(1), Fail(ErrorKind::BrokenPipe)]);
        say("number", writer.write_u16(0x61_62).await);
        let mut writer = Scripted::writing(&[Take(1), Take(0)]);
        say("number", writer.write_u16(0x61_62).await);
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

pub fn a_take_of_nothing_asks_nobody() -> Transcript {
    run(async || {
        let mut none = Scripted::reading(&[Fail(ErrorKind::TimedOut)]).take(0);
        note!("{:?}", receive(&mut none).await);
        none.set_limit(1);
        note!("{:?}", receive(&mut none).await);
        let mut three = Scripted::reading(&[Give("ab"), Wait, Give("cdef")]).take(3);
        let mut all = String::new();
        note!("{:?} {all:?}", three.read_to_string(&mut all).await);
        note!("{all:?}, {}", three.limit());
        note!("{:?}", receive(three.get_mut()).await);
        let mut twice = (&b"abcdef"[..]).take(4).take(9);
        note!("{:?} {}", receive(&mut twice).await, twice.limit());
    })
}

pub fn a_chain_of_three() -> Transcript {
    run(async || {
        let first = Scripted::reading(&[Give("a"), Wait, Give("b")]);
        let mut all = first.chain(io::empty()).chain(&b"cd"[..]);
        let mut four = [0; 4];
        all.read_exact(&mut four).await.unwrap();
        note!("{:?} {:?}", text(&four), receive(&mut all).await);
        // An error is passed on, and is no end.
        let first = Scripted::reading(&[Give("a"), Fail(ErrorKind::TimedOut), Give("b")]);
        let mut both = first.chain(&b"c"[..]);
        for _ in 0..5 {
            note!("{:?}", receive(&mut both).await);
        }
        let mut both = (&b"a"[..]).chain(&b"b"[..]);
        note!("{:?}", both.read(&mut []).await);
        note!(
            "{:?} {:?}",
            receive(&mut both).await,
            receive(&mut both).await
        );
        note!("{:?}", both.get_ref());
    })
}

pub fn readers_and_writers_of_no_known_type() -> Transcript {
    run(async || {
        let mut readers: Vec<Box<dyn AsyncRead + Unpin>> = vec![
            Box::new(&b"slice"[..]),
            Box::new(Cursor::new(b"cursor".to_vec())),
            Box::new(io::repeat(b'r').take(3)),
            Box::new(BufReader::new(Scripted::reading(&[Wait, Give("script")]))),
        ];
        for reader in &mut readers {
            note!("{:?}", receive(reader).await);
        }
        let mut writer: Pin<Box<dyn AsyncWrite>> = Box::pin(Scripted::writing(&[Take(2)]));
        writer.write_all(b"abc").await.unwrap();
        (&mut writer).shutdown().await.unwrap();
        note!("{}", writer.is_write_vectored());
    })
}

pub fn bytes_of_other_buffers() -> Transcript {
    use bytes::{Buf, BufMut};

    run(async || {
        let mut from: &[u8] = b"abcdef";
        let mut held = Vec::with_capacity(4);
        note!(
            "{:?}",
            from.read_buf(&mut BufMut::limit(&mut held, 4)).await
        );
        note!("{:?}", text(&held));
        note!("{:?}", from.read_buf(&mut held).await);
        note!("{:?}", text(&held));
        note!("{:?}", from.read_buf(&mut held).await);
        let mut words = Buf::chain(&b"one "[..], &b"mocha"[..]);
        let mut writer = Scripted::writing(&[Take(2), Take(9)]);
        note!("{:?}", writer.write_buf(&mut words).await);
        note!("{} left", words.remaining());
        note!("{:?}", writer.write_all_buf(&mut words).await);
        note!("{:?}", writer.write_all_buf(&mut words).await);
    })
}

pub fn seeks_of_memory() -> Transcript {
    run(async || {
        let mut cursor = Cursor::new(&b"0123456789"[..]);
        note!("{:?}", cursor.seek(SeekFrom::End(-3)).await);
        note!("{:?}", receive(&mut cursor).await);
        say("before", cursor.seek(SeekFrom::Current(-11)).await);
        note!("{:?}", cursor.stream_position().await);
        cursor.rewind().await.unwrap();
        let mut stream = BufStream::new(Cursor::new(b"0123456789".to_vec()));
        note!("{:?}", stream.read_u8().await.map(char::from));
        stream.write_all(b"ab").await.unwrap();
        note!("{:?}", stream.seek(SeekFrom::Start(8)).await);
        stream.write_all(b"cd").await.unwrap();
        stream.flush().await.unwrap();
        note!("{:?}", stream.seek(SeekFrom::Start(0)).await);
        note!("{:?}", receive(&mut stream).await);
    })
}

pub fn a_buffered_reader_and_a_writer_as_one() -> Transcript {
    run(async || {
        let reader = BufReader::new(Scripted::reading(&[Give("one\nt"), Wait, Give("wo\n")]));
        let writer = BufWriter::new(Scripted::writing(&[Take(1), Wait]));
        let mut both = io::join(reader, writer);
        let mut line = String::new();
        while both.read_line(&mut line).await.unwrap() > 0 {
            both.write_all(line.as_bytes()).await.unwrap();
            line.clear();
        }
        note!("all is read");
        both.flush().await.unwrap();
        both.shutdown().await.unwrap();
    })
}
