//! Numbers, and readers and writers made of others: what an error or a wait in the middle
//! leaves behind.

use super::scripted::{Scripted, Step};
use super::*;
use Step::{Fail, Give, Take, Wait};
use std::io::Cursor;
use std::pin::Pin;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufStream, BufWriter, SeekFrom};

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
        writer.write_u32(0x6162_6364).await.unwrap();
        let mut writer = Scripted::writing(&[Take(1), Fail(ErrorKind::BrokenPipe)]);
        say("number", writer.write_u16(0x6162).await);
        let mut writer = Scripted::writing(&[Take(1), Take(0)]);
        say("number", writer.write_u16(0x6162).await);
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
        writer.shutdown().await.unwrap();
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
