//! Descriptors: what comes is read, all of it, and wakes who waits for it.

use std::future::poll_fn;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Poll, Waker};
use std::thread;

use super::turns::{had_a_turn, self_waker};
use crate::child::awaiting;
use crate::hand::{
    Log, idle_beside, pending_once, poll_once, turns, until_others_sleep, within, yields,
};
use crate::scenario::{Finding, Outcome, Scenario, expect, expect_order};
use crate::{Executor, Part, Reader};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "read_what_is_there",
        mistake: "What came before the read is not read.",
        look: "The first read: try the system call before waiting, or register for what is \
               there already (an edge that has passed is not told of again).",
        needs: &[Part::Read],
        run: read_what_is_there,
    },
    Scenario {
        name: "read_while_parked",
        mistake: "What comes while the loop is parked doesn't end the park.",
        look: "What the loop waits for: descriptors and wakes in one call.",
        needs: &[Part::Read],
        run: read_while_parked,
    },
    Scenario {
        name: "read_again",
        mistake: "Only the first of several waits for a descriptor ends.",
        look: "What is done with readiness after an event: cleared when a read would block, \
               and the descriptor armed again if the selector disarms it.",
        needs: &[Part::Read],
        run: read_again,
    },
    Scenario {
        name: "reads_of_two",
        mistake: "An event of one descriptor wakes who waits for another one.",
        look: "The token of a descriptor: each needs one of its own.",
        needs: &[Part::Spawn, Part::Read],
        run: reads_of_two,
    },
    Scenario {
        name: "read_to_the_end",
        mistake: "Of much that comes, and then the end, something is lost.",
        look: "What a hang-up does: everything that came before it is to be read first.",
        needs: &[Part::Read],
        run: read_to_the_end,
    },
    Scenario {
        name: "read_half_closed",
        mistake: "The end of the stream is not seen while the other side still reads.",
        look: "What a half close brings: RDHUP, which is not HUP, and is readiness to read.",
        needs: &[Part::Read],
        run: read_half_closed,
    },
    Scenario {
        name: "read_moved",
        mistake: "A read wakes who polled it first, and not who polled it last.",
        look: "Where a descriptor keeps the waker: each poll must put in its own.",
        needs: &[Part::Read],
        run: read_moved,
    },
    Scenario {
        name: "read_dropped",
        mistake: "A read that is dropped takes what comes next with it.",
        look: "Reads that are handed to the system, or to a thread, when they begin: what \
               they bring must go to the next read.",
        needs: &[Part::Read],
        run: read_dropped,
    },
    Scenario {
        name: "reader_dropped",
        mistake: "A descriptor stays open when its reader is dropped.",
        look: "Who owns the descriptor, and what the table of sources keeps of it.",
        needs: &[Part::Read],
        run: reader_dropped,
    },
    Scenario {
        name: "idle_while_reading",
        mistake: "The processor is kept busy while a read waits.",
        look: "Whether the loop asks the descriptor again and again, or waits to be told.",
        needs: &[Part::Read],
        run: idle_while_reading,
    },
    Scenario {
        name: "self_waker_and_reads",
        mistake: "A task that wakes itself keeps descriptors from being looked at.",
        look: "When the loop asks the selector: also while there is something in the queue.",
        needs: &[Part::Spawn, Part::Read],
        run: self_waker_and_reads,
    },
];

/// Our end, and the reader of the other one.
pub(super) fn pair(executor: &Executor) -> (UnixStream, Reader) {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    theirs
        .set_nonblocking(true)
        .expect("a socket that does not block");
    (ours, executor.reader(theirs))
}

pub(super) fn send(to: &UnixStream, bytes: &[u8]) {
    let mut to = to;
    to.write_all(bytes).expect("a write to a socket with room");
}

/// That one read brings this; what comes in pieces is one.
async fn expect_read(reader: &mut Reader, expected: &str) -> Outcome {
    let mut all = Vec::new();
    while all.len() < expected.len() || expected.is_empty() {
        let bytes = reader().await.map_err(failed)?;
        if bytes.is_empty() {
            break;
        }
        all.extend(bytes);
    }
    let read = String::from_utf8_lossy(&all);
    expect(
        read == expected,
        &format!("to read {expected:?}"),
        format_args!("read {read:?}"),
    )
}

fn failed(error: std::io::Error) -> Finding {
    Finding {
        expected: "a read without an error".to_owned(),
        happened: format!("the read failed: {error}"),
    }
}

fn read_what_is_there(executor: &Executor) -> Outcome {
    let reads = executor.clone();
    within(executor, async move {
        let (ours, mut reader) = pair(&reads);
        send(&ours, b"early");
        awaiting("a read of what is there");
        expect_read(&mut reader, "early").await
    })
}

fn read_while_parked(executor: &Executor) -> Outcome {
    let reads = executor.clone();
    within(executor, async move {
        let (ours, mut reader) = pair(&reads);
        thread::spawn(move || {
            until_others_sleep();
            send(&ours, b"late");
            let _ = (&ours).read(&mut [0]); // Open until the other end is closed.
        });
        awaiting("a read of what comes while everything sleeps");
        expect_read(&mut reader, "late").await
    })
}

fn read_again(executor: &Executor) -> Outcome {
    let reads = executor.clone();
    within(executor, async move {
        let (ours, mut reader) = pair(&reads);
        let ours = Arc::new(ours);
        for word in ["one", "two", "three"] {
            let ours = Arc::clone(&ours);
            thread::spawn(move || {
                until_others_sleep();
                send(&ours, word.as_bytes());
            });
            awaiting(&format!("a read of {word:?}, after one, two, three waits"));
            expect_read(&mut reader, word).await?;
        }
        Ok(())
    })
}

fn reads_of_two(executor: &Executor) -> Outcome {
    let reads = executor.clone();
    within(executor, async move {
        let log = Log::default();
        let [one, two] = ["one", "two"].map(|name| {
            let (ours, mut reader) = pair(&reads);
            let log = log.clone();
            let task = reads.task(async move {
                let read = expect_read(&mut reader, name).await;
                log.add(if read.is_ok() { name } else { "something else" });
            });
            (ours, task)
        });
        turns(&reads, 4).await;
        awaiting("the second of two reads, to which something was sent");
        send(&two.0, b"two");
        two.1.await;
        awaiting("the first of two reads, to which something was sent then");
        send(&one.0, b"one");
        one.1.await;
        expect_order(&log.get(), &["two", "one"])
    })
}

/// Much, while it comes; and some, of which the sender has hung up already.
fn read_to_the_end(executor: &Executor) -> Outcome {
    const MUCH: usize = 1_000_000;
    // So much has room everywhere, and is more than one read of most readers.
    const SOME: usize = 6_000;
    let reads = executor.clone();
    within(executor, async move {
        let (ours, mut reader) = pair(&reads);
        thread::spawn(move || {
            for piece in vec![b'x'; MUCH].chunks(10_000) {
                send(&ours, piece);
            }
        });
        expect_length(&mut reader, MUCH).await?;
        let (ours, mut reader) = pair(&reads);
        send(&ours, &[b'x'; SOME]);
        drop(ours);
        expect_length(&mut reader, SOME).await
    })
}

/// That so many bytes come, and then the end.
async fn expect_length(reader: &mut Reader, bytes: usize) -> Outcome {
    let mut read = 0;
    loop {
        awaiting(&format!(
            "a read after {read} of {bytes} bytes, and then the end"
        ));
        match reader().await.map_err(failed)?.len() {
            0 => break,
            more => read += more,
        }
        // The loop is to learn of the hang-up while there is something left.
        yields(1).await;
    }
    let expected = format!("{bytes} bytes, and then the end");
    expect(read == bytes, &expected, format_args!("{read} bytes"))
}

fn read_half_closed(executor: &Executor) -> Outcome {
    let reads = executor.clone();
    within(executor, async move {
        let (ours, mut reader) = pair(&reads);
        let ours = Arc::new(ours);
        let shuts = Arc::clone(&ours);
        thread::spawn(move || {
            until_others_sleep();
            let _ = shuts.shutdown(Shutdown::Write);
        });
        awaiting("a read of the end, after the other side has shut down its writing only");
        let read = expect_read(&mut reader, "").await;
        drop(ours);
        read
    })
}

fn read_moved(executor: &Executor) -> Outcome {
    let reads = executor.clone();
    within(executor, async move {
        let (ours, mut reader) = pair(&reads);
        let mut read = reader();
        let polled = poll_once(read.as_mut(), Waker::noop());
        let expected = "a read that waits, where nothing has come";
        expect(polled.is_pending(), expected, "it was ready")?;
        thread::spawn(move || {
            until_others_sleep();
            send(&ours, b"moved");
        });
        awaiting("a read, polled first by somebody else and then from here");
        let read = read.await.map_err(failed)?;
        let text = String::from_utf8_lossy(&read);
        expect(
            read == b"moved",
            "to read \"moved\"",
            format_args!("read {text:?}"),
        )
    })
}

fn read_dropped(executor: &Executor) -> Outcome {
    let reads = executor.clone();
    within(executor, async move {
        let (ours, mut reader) = pair(&reads);
        let mut dropped = Some(reader());
        poll_fn(|cx| {
            let polled = dropped
                .as_mut()
                .map(|read| read.as_mut().poll(cx).is_ready());
            Poll::Ready(polled)
        })
        .await;
        yields(2).await;
        drop(dropped.take());
        send(&ours, b"kept");
        awaiting("a read of what came after another read was dropped");
        expect_read(&mut reader, "kept").await
    })
}

fn reader_dropped(executor: &Executor) -> Outcome {
    let reads = executor.clone();
    within(executor, async move {
        let (ours, mut reader) = pair(&reads);
        send(&ours, b"x");
        expect_read(&mut reader, "x").await?;
        drop(reader);
        awaiting("the other end to see that this one is closed");
        let ended = Arc::new(AtomicBool::new(false));
        let of_thread = Arc::clone(&ended);
        // The close may be left to the loop, which is to have its turns for it.
        pending_once(move |waker| {
            let waker = waker.clone();
            thread::spawn(move || {
                let read = (&ours).read(&mut [0]);
                of_thread.store(matches!(read, Ok(0)), SeqCst);
                waker.wake();
            });
        })
        .await;
        expect(
            ended.load(SeqCst),
            "the end of the stream at the other end",
            "an error",
        )
    })
}

fn idle_while_reading(executor: &Executor) -> Outcome {
    let reads = executor.clone();
    within(executor, async move {
        let (_ours, mut reader) = pair(&reads);
        let mut read = reader();
        idle_beside(move |cx| drop(read.as_mut().poll(cx))).await
    })
}

fn self_waker_and_reads(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let (ours, mut reader) = pair(&spawner);
        let is_sent = Arc::new(AtomicBool::new(false));
        let has_come = Arc::clone(&is_sent);
        let turns = self_waker(&spawner, move || has_come.load(SeqCst));
        let mut read = reader();
        let mut has_begun = false;
        awaiting("a read of what has come while a task wakes itself");
        let read = poll_fn(|cx| {
            let polled = read.as_mut().poll(cx);
            if !has_begun {
                send(&ours, b"come");
                is_sent.store(true, SeqCst);
                has_begun = true;
            }
            polled
        })
        .await;
        read.map_err(failed)?;
        had_a_turn(&turns, "who reads")
    })
}
