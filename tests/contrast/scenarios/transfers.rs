//! Bytes through a connection: ends, resets, readiness, and how much at once.

use super::*;
use rustix::net::sockopt::set_socket_linger;
use std::io::IoSlice;
use tokio::net::TcpStream;

/// Closes without a farewell: the peer gets a reset.
fn reset(stream: TcpStream) {
    set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
}

/// More than a connection holds in the kernel, so that its writer has to wait.
const TOO_MUCH: usize = 32 << 20;

pub fn a_half_close_leaves_the_other_way_open() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        here.write_all(b"the order").await.unwrap();
        say("shutdown", here.shutdown().await);
        note!("{:?}", receive(&mut there).await);
        note!("{:?}", receive(&mut there).await);
        there.write_all(b"the coffee").await.unwrap();
        note!("{:?}", receive(&mut here).await);
    })
}

pub fn a_shutdown_twice_and_a_write_after_it() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        say("shutdown", here.shutdown().await);
        say("shutdown again", here.shutdown().await);
        say("write", here.write(b"too late").await);
        note!("{:?}", receive(&mut there).await);
        drop(there);
        note!("{:?}", receive(&mut here).await);
        say("shutdown when all is over", here.shutdown().await);
    })
}

pub fn a_reset_is_met_by_the_next_read() -> Transcript {
    run(async || {
        let (mut here, there) = connection().await;
        reset(there);
        note!("{:?}", receive(&mut here).await);
        // The error is told once.
        note!("{:?}", receive(&mut here).await);
        say("write", here.write(b"x").await);
        say("shutdown", here.shutdown().await);
    })
}

pub fn a_reset_is_met_by_the_next_write() -> Transcript {
    run(async || {
        let (mut here, there) = connection().await;
        reset(there);
        // The reset has come for certain once the socket says that it is readable.
        here.readable().await.unwrap();
        say("write", here.write(b"x").await);
        say("write again", here.write(b"x").await);
        note!("{:?}", receive(&mut here).await);
    })
}

pub fn a_reset_ends_a_read_that_waits() -> Transcript {
    run(async || {
        let (mut here, there) = connection().await;
        let reader = spawn(async move { receive(&mut here).await });
        yield_now().await;
        note!("finished: {}", reader.is_finished());
        reset(there);
        note!("{:?}", reader.await.unwrap());
    })
}

pub fn a_reset_ends_a_write_that_waits() -> Transcript {
    run(async || {
        let (mut here, there) = connection().await;
        let writer = spawn(async move { here.write_all(&vec![0; TOO_MUCH]).await });
        yield_now().await;
        note!("finished: {}", writer.is_finished());
        reset(there);
        say("write", writer.await.unwrap());
    })
}

pub fn a_peek_leaves_what_it_saw() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        there.write_all(b"one coffee").await.unwrap();
        let mut three = [0; 3];
        for _ in 0..2 {
            let length = here.peek(&mut three).await.unwrap();
            note!("peeked {:?}", text(&three[..length]));
        }
        note!("{:?}", receive(&mut here).await);
        drop(there);
        note!("peeked {}", here.peek(&mut three).await.unwrap());
    })
}

pub fn reads_and_writes_of_no_length() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        note!("written {}", here.write(&[]).await.unwrap());
        // No bytes have come, and none are wanted: that is not the end.
        let read = timeout(ms(10), there.read(&mut [])).await;
        note!("{:?}", read.map(Result::unwrap));
        here.write_all(b"coffee").await.unwrap();
        note!("read {}", there.read(&mut []).await.unwrap());
        note!("{:?}", receive(&mut there).await);
    })
    .differs(Difference {
        because: "for no bytes buzzer does not wait; tokio waits until some are there, and then \
                  takes none",
        buzzer: &[
            "0 ms: written 0",
            "0 ms: Ok(0)",
            "0 ms: read 0",
            "0 ms: Ok(\"coffee\")",
        ],
        tokio: &[
            "0 ms: written 0",
            "10 ms: Err(Elapsed(()))",
            "10 ms: read 0",
            "10 ms: Ok(\"coffee\")",
        ],
    })
}

pub fn several_buffers_are_written_at_once() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        let parts: [&[u8]; 4] = [b"one", b"", b" large ", b"coffee"];
        let slices = parts.map(IoSlice::new);
        note!("written {}", here.write_vectored(&slices).await.unwrap());
        note!("{:?}", receive(&mut there).await);
        note!("written {}", here.write_vectored(&[]).await.unwrap());
    })
}

pub fn more_buffers_than_the_kernel_takes_at_once() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        let slices = [IoSlice::new(b"x"); 3_000];
        let written = here.write_vectored(&slices).await.unwrap();
        note!("written {written}");
        let mut received = vec![0; written];
        there.read_exact(&mut received).await.unwrap();
        note!("all are x: {}", received.iter().all(|byte| *byte == b'x'));
    })
}

pub fn everything_up_to_the_end() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        let sender = spawn(async move {
            for part in ["one ", "large ", "coffee"] {
                there.write_all(part.as_bytes()).await.unwrap();
                yield_now().await;
            }
        });
        let mut all = b"ordered: ".to_vec();
        note!("{}", here.read_to_end(&mut all).await.unwrap());
        note!("{:?}", text(&all));
        note!("{}", here.read_to_string(&mut String::new()).await.unwrap());
        sender.await.unwrap();
    })
}

pub fn the_end_comes_too_soon() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        there.write_all(b"half a").await.unwrap();
        drop(there);
        say("read_exact", here.read_exact(&mut [0; 4]).await);
        say("read_exact", here.read_exact(&mut [0; 4]).await);
        say("read_exact of nothing", here.read_exact(&mut []).await);
    })
}

pub fn what_a_try_says() -> Transcript {
    run(async || {
        let (here, mut there) = connection().await;
        let mut buffer = [0; 64];
        say("nothing there", here.try_read(&mut buffer));
        there.write_all(b"coffee").await.unwrap();
        here.readable().await.unwrap();
        let length = here.try_read(&mut buffer).unwrap();
        note!("{:?}", text(&buffer[..length]));
        say("nothing left", here.try_read(&mut buffer));
        drop(there);
        here.readable().await.unwrap();
        note!("at the end: {}", here.try_read(&mut buffer).unwrap());
        here.writable().await.unwrap();
        note!("written {}", here.try_write(b"x").unwrap());
    })
}

pub fn readiness_for_one_or_both_ways() -> Transcript {
    run(async || {
        let (here, mut there) = connection().await;
        let both = Interest::READABLE | Interest::WRITABLE;
        let ready = here.ready(both).await.unwrap();
        note!("{} {}", ready.is_readable(), ready.is_writable());
        there.write_all(b"coffee").await.unwrap();
        let ready = here.ready(Interest::READABLE).await.unwrap();
        note!("{} {}", ready.is_readable(), ready.is_writable());
        let ready = here.ready(both).await.unwrap();
        note!("{} {}", ready.is_readable(), ready.is_writable());
        there.shutdown().await.unwrap();
        // Readiness is a hint: it may still be that of the coffee.
        while !here.ready(both).await.unwrap().is_read_closed() {
            yield_now().await;
        }
        let ready = here.ready(Interest::READABLE).await.unwrap();
        note!("closed: {}", ready.is_read_closed());
        note!("read {}", here.try_read(&mut [0; 64]).unwrap());
        note!("then {}", here.try_read(&mut [0; 64]).unwrap());
    })
}

pub fn a_full_socket_holds_its_writer_back() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        let writer = spawn(async move {
            here.write_all(&vec![0; TOO_MUCH]).await.unwrap();
            note!("written");
            here.write_all(b"the last").await.unwrap();
        });
        yield_now().await;
        note!("finished: {}", writer.is_finished());
        let mut all = Vec::new();
        there.read_to_end(&mut all).await.unwrap();
        note!("{:?}", text(&all[TOO_MUCH..]));
        writer.await.unwrap();
    })
}

pub fn many_megabytes_through_a_small_buffer() -> Transcript {
    run(async || {
        const LENGTH: usize = 8 << 20;
        let (mut here, mut there) = connection().await;
        let sender = spawn(async move {
            let bytes: Vec<_> = (0..LENGTH).map(|n| (n % 251) as u8).collect();
            here.write_all(&bytes).await.unwrap();
        });
        let mut received = 0;
        let mut in_order = true;
        let mut buffer = [0; 10_000];
        loop {
            let length = there.read(&mut buffer).await.unwrap();
            if length == 0 {
                break;
            }
            let place = |n| ((received + n) % 251) as u8;
            in_order &= (0..length).all(|n| buffer[n] == place(n));
            received += length;
        }
        note!("{received} bytes, in order: {in_order}");
        sender.await.unwrap();
    })
}
