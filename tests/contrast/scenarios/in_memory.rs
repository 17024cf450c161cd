//! Streams in memory: how much fits, who waits for whom, and how they end.

use super::*;
use std::io::IoSlice;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::io::AsyncWrite;

pub fn a_pipe_takes_what_fits() -> Transcript {
    run(async || {
        let (mut here, mut there) = io::duplex(4);
        note!("{:?}", here.write(b"abcdef").await);
        note!("{:?}", here.write(b"gh").now_or_never().is_none());
        let mut two = [0; 2];
        note!("{:?} {:?}", there.read(&mut two).await, text(&two));
        note!("{:?}", here.write(b"ghi").await);
        note!("{:?}", receive(&mut there).await);
        // The other way has room of its own.
        note!("{:?}", there.write(b"12345").await);
        note!("{:?}", receive(&mut here).await);
    })
}

pub fn a_write_given_up_has_written_what_fitted() -> Transcript {
    run(async || {
        let (mut here, mut there) = io::duplex(4);
        let written = timeout(ms(10), here.write_all(b"abcdef")).await;
        note!("in time: {}", written.is_ok());
        note!("{:?}", receive(&mut there).await);
        here.write_all(b"gh").await.unwrap();
        note!("{:?}", receive(&mut there).await);
    })
}

pub fn a_read_given_up_takes_nothing() -> Transcript {
    run(async || {
        let (mut here, mut there) = io::duplex(4);
        note!("{}", timeout(ms(10), receive(&mut there)).await.is_err());
        here.write_all(b"abc").await.unwrap();
        note!("{:?}", receive(&mut there).await);
    })
}

pub fn a_pipe_without_room_is_refused() -> Transcript {
    run(async || {
        note!("panic: {}", catch_unwind(|| io::duplex(0)).is_err());
        note!("panic: {}", catch_unwind(|| io::simplex(0)).is_err());
    })
}

pub fn an_end_goes_while_the_other_waits_for_bytes() -> Transcript {
    run(async || {
        let (here, mut there) = io::duplex(4);
        let reader = spawn(async move {
            note!("{:?}", receive(&mut there).await);
            say("write", there.write_all(b"x").await);
            say("shutdown", there.shutdown().await);
        });
        sleep(ms(10)).await;
        drop(here);
        reader.await.unwrap();
    })
}

pub fn a_shutdown_while_the_other_waits_for_bytes() -> Transcript {
    run(async || {
        let (mut here, mut there) = io::duplex(4);
        let reader = spawn(async move {
            note!("{:?}", receive(&mut there).await);
            there.write_all(b"back").await.unwrap();
        });
        sleep(ms(10)).await;
        here.shutdown().await.unwrap();
        reader.await.unwrap();
        note!("{:?}", receive(&mut here).await);
        note!("{:?}", receive(&mut here).await);
        say("shutdown again", here.shutdown().await);
    })
}

pub fn a_read_into_no_room_of_a_pipe() -> Transcript {
    run(async || {
        let (mut here, mut there) = io::duplex(4);
        note!("{:?}", there.read(&mut []).now_or_never());
        here.write_all(b"abc").await.unwrap();
        note!("{:?}", there.read(&mut []).now_or_never());
        drop(here);
        note!("{:?}", receive(&mut there).await);
        note!("{:?}", there.read(&mut []).now_or_never());
    })
}

pub fn several_buffers_into_little_room() -> Transcript {
    run(async || {
        let (mut here, mut there) = io::duplex(5);
        let parts = [&b"ab"[..], b"", b"cd", b"ef"].map(IoSlice::new);
        note!("{:?}", here.write_vectored(&parts).await);
        note!("{:?}", receive(&mut there).await);
        note!("{:?}", here.write_vectored(&[]).await);
        let (mut from, mut to) = io::simplex(3);
        note!(
            "{} {:?}",
            to.is_write_vectored(),
            to.write_vectored(&parts).await
        );
        note!("{:?}", receive(&mut from).await);
    })
}

// Its halves share it: neither ends the other by going.
pub fn a_half_of_a_simplex_pipe_goes() -> Transcript {
    run(async || {
        let (mut from, mut to) = io::simplex(4);
        to.write_all(b"ab").await.unwrap();
        drop(to);
        note!("{:?}", receive(&mut from).await);
        note!("{:?}", timeout(ms(10), receive(&mut from)).await.is_err());
        let (from, mut to) = io::simplex(2);
        drop(from);
        note!("{:?}", to.write(b"abc").await);
        note!("{:?}", timeout(ms(10), to.write(b"c")).await.is_err());
        to.shutdown().await.unwrap();
        say("write", to.write(b"c").await);
    })
}

pub fn a_simplex_pipe_in_one_hand() -> Transcript {
    run(async || {
        let mut pipe = io::SimplexStream::new_unsplit(4);
        note!("{:?}", pipe.write(b"abcdef").await);
        note!("{:?}", receive(&mut pipe).await);
        pipe.write_all(b"gh").await.unwrap();
        pipe.shutdown().await.unwrap();
        note!("{:?}", receive(&mut pipe).await);
        note!("{:?}", receive(&mut pipe).await);
    })
}

pub fn a_half_of_a_stream_goes() -> Transcript {
    run(async || {
        let (here, mut there) = io::duplex(4);
        let (mut read, write) = io::split(here);
        drop(write);
        note!("{}", timeout(ms(10), receive(&mut there)).await.is_err());
        there.write_all(b"in").await.unwrap();
        note!("{:?}", receive(&mut read).await);
        drop(read);
        note!("{:?}", receive(&mut there).await);
    })
}

pub fn halves_of_two_streams_do_not_fit() -> Transcript {
    run(async || {
        let (here, there) = io::duplex(4);
        let (read_here, _write_here) = io::split(here);
        let (_read_there, write_there) = io::split(there);
        let whole = catch_unwind(AssertUnwindSafe(|| drop(read_here.unsplit(write_there))));
        note!("panic: {}", whole.is_err());
    })
}

pub fn a_pipe_between_tasks_keeps_the_order() -> Transcript {
    run(async || {
        let (mut here, mut there) = io::duplex(7);
        let writer = spawn(async move {
            for number in 0_u32..1_000 {
                here.write_u32(number).await.unwrap();
            }
        });
        let reader = spawn(async move {
            let mut expected = 0;
            while let Ok(number) = there.read_u32().await {
                assert_eq!(number, expected);
                expected += 1;
            }
            note!("{expected} in order");
        });
        finish([writer, reader]).await;
    })
}

pub fn a_copy_from_one_pipe_to_another() -> Transcript {
    run(async || {
        let (mut source, mut left) = io::duplex(3);
        let (mut right, mut sink) = io::duplex(2);
        let copying = spawn(async move {
            let copied = io::copy(&mut left, &mut right).await;
            note!("copied {copied:?}");
        });
        let writing = spawn(async move {
            source.write_all(b"one mocha").await.unwrap();
            note!("all is written");
        });
        let mut all = String::new();
        sink.read_to_string(&mut all).await.unwrap();
        note!("{all:?}");
        finish([copying, writing]).await;
    })
}

// The one that ended is shut down at the other side; the other way goes on.
pub fn a_proxy_of_which_one_side_ends_first() -> Transcript {
    run(async || {
        let (mut client, mut left) = io::duplex(16);
        let (mut right, mut server) = io::duplex(16);
        let proxy = spawn(async move {
            let copied = io::copy_bidirectional(&mut left, &mut right).await;
            note!("copied {copied:?}");
        });
        client.write_all(b"one mocha").await.unwrap();
        client.shutdown().await.unwrap();
        note!("{:?}", receive(&mut server).await);
        note!("{:?}", receive(&mut server).await);
        for word in ["ser", "ved"] {
            sleep(ms(10)).await;
            server.write_all(word.as_bytes()).await.unwrap();
            note!("{:?}", receive(&mut client).await);
        }
        drop(server);
        proxy.await.unwrap();
        note!("{:?}", receive(&mut client).await);
    })
}

pub fn a_proxy_whose_server_is_gone() -> Transcript {
    run(async || {
        let (mut client, mut left) = io::duplex(16);
        let (mut right, server) = io::duplex(16);
        let proxy = spawn(async move {
            say(
                "the proxy",
                io::copy_bidirectional(&mut left, &mut right).await,
            );
        });
        drop(server);
        note!("{:?}", timeout(ms(10), receive(&mut client)).await);
        say("write", client.write_all(b"order").await);
        proxy.await.unwrap();
        note!("{:?}", receive(&mut client).await);
    })
}

pub fn a_pipe_that_is_full_lets_its_writer_wait() -> Transcript {
    run(async || {
        let (mut here, mut there) = io::duplex(4);
        let writer = spawn(async move {
            for word in ["one", "two", "three"] {
                here.write_all(word.as_bytes()).await.unwrap();
                note!("{word} is written");
            }
        });
        let reader = spawn(async move {
            loop {
                sleep(ms(10)).await;
                let got = receive(&mut there).await.unwrap();
                note!("{got:?} is read");
                if got.is_empty() {
                    break;
                }
            }
        });
        finish([writer, reader]).await;
    })
}

pub fn an_end_of_a_pipe_is_dropped() -> Transcript {
    run(async || {
        let (mut here, mut there) = io::duplex(8);
        here.write_all(b"left").await.unwrap();
        drop(here);
        note!("{:?}", receive(&mut there).await);
        note!("{:?}", receive(&mut there).await);
        say("a write", there.write(b"x").await);
        say("a write of nothing", there.write(b"").await);

        let (mut here, there) = io::duplex(1);
        let waiting = spawn(async move {
            note!("waits for room");
            say("the rest", here.write_all(b"ab").await);
        });
        yield_now().await;
        drop(there);
        waiting.await.unwrap();
    })
}

pub fn a_pipe_is_shut_down_one_way() -> Transcript {
    run(async || {
        let (mut here, mut there) = io::duplex(8);
        let parts = [&b""[..], b"one", b" mo", b"cha"].map(IoSlice::new);
        note!("vectored {}", here.is_write_vectored());
        note!("{:?}", here.write_vectored(&parts).await);
        here.shutdown().await.unwrap();
        say("a write after it", here.write(b"x").await);
        note!("{:?}", receive(&mut there).await);
        note!("{:?}", receive(&mut there).await);
        there.write_all(b"back").await.unwrap();
        note!("{:?}", receive(&mut here).await);
    })
}

pub fn the_ends_of_a_simplex_pipe() -> Transcript {
    run(async || {
        let (mut from, mut to) = io::simplex(3);
        let writer = spawn(async move {
            to.write_all(b"mocha").await.unwrap();
            note!("all is written");
            to.shutdown().await.unwrap();
        });
        let mut all = String::new();
        note!("{:?}", from.read_to_string(&mut all).await);
        note!("{all}");
        finish([writer]).await;
    })
}

pub fn halves_of_any_stream() -> Transcript {
    run(async || {
        let (here, mut there) = io::duplex(8);
        let (mut read, mut write) = io::split(here);
        let (other, another) = io::split(io::duplex(1).0);
        note!("{} {}", read.is_pair_of(&write), write.is_pair_of(&read));
        note!("{} {}", read.is_pair_of(&another), write.is_pair_of(&other));
        let reader = spawn(async move {
            note!("{:?}", receive(&mut read).await);
            read
        });
        yield_now().await;
        write.write_all(b"out").await.unwrap();
        there.write_all(b"in").await.unwrap();
        note!("{:?}", receive(&mut there).await);
        let read = reader.await.unwrap();
        let mut whole = read.unsplit(write);
        whole.write_all(b"whole").await.unwrap();
        note!("{:?}", receive(&mut there).await);
    })
}
