//! Several tasks at one socket, and futures that are given up.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpStream as StdStream;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use buzzer::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use buzzer::net::{TcpListener, UdpSocket, UnixStream};
use buzzer::spawn;
use buzzer::time::timeout;
use rustix::event::PollFlags;

use crate::paused::paused;
use crate::settle::settle;
use crate::{ANY_PORT, fill, pair, receive, stays_pending, wait_for};

#[test]
fn a_reader_and_a_writer_task_share_a_connection() {
    paused().block_on(async {
        let (here, mut there) = pair();
        let filled = fill(&here);
        let (mut reads, mut writes) = here.into_split();
        let reader = spawn(async move { receive(&mut reads).await });
        let writer = spawn(async move {
            writes.write_all(b"reply").await.unwrap();
        });
        settle().await;
        assert!(!reader.is_finished() && !writer.is_finished());
        there.write_all(b"request").unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), b"request");
        assert!(!writer.is_finished());
        let drained = std::thread::spawn(move || {
            let mut all = Vec::new();
            there.read_to_end(&mut all).unwrap();
            all
        });
        writer.await.unwrap();
        let all = drained.join().unwrap();
        assert_eq!(all.len(), filled + 5);
        assert!(all.ends_with(b"reply"));
    });
}

#[test]
fn each_datagram_goes_to_one_of_the_tasks_that_receive() {
    paused().block_on(async {
        let there = Rc::new(UdpSocket::bind(ANY_PORT).await.unwrap());
        let here = std::net::UdpSocket::bind(ANY_PORT).unwrap();
        here.connect(there.local_addr().unwrap()).unwrap();
        let received = Rc::new(RefCell::new(Vec::new()));
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let (there, received) = (there.clone(), received.clone());
                spawn(async move {
                    let mut byte = [0];
                    there.recv(&mut byte).await.unwrap();
                    received.borrow_mut().push(byte[0]);
                })
            })
            .collect();
        settle().await;
        // All are woken by the first; who finds nothing waits again.
        for byte in 0..3 {
            here.send(&[byte]).unwrap();
            wait_for(&there, PollFlags::IN);
            settle().await;
            assert_eq!(received.borrow().len(), usize::from(byte) + 1);
        }
        here.send(&[3]).unwrap();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*received.borrow(), [0, 1, 2, 3]);
    });
}

#[test]
fn each_connection_goes_to_one_of_the_tasks_that_accept() {
    paused().block_on(async {
        let listener = Rc::new(TcpListener::bind(ANY_PORT).await.unwrap());
        let address = listener.local_addr().unwrap();
        let accept = |_| {
            let listener = listener.clone();
            spawn(async move { listener.accept().await.unwrap().1 })
        };
        let tasks: Vec<_> = (0..3).map(accept).collect();
        settle().await;
        let clients = [(); 3].map(|()| StdStream::connect(address).unwrap());
        let mut accepted = Vec::new();
        for task in tasks {
            accepted.push(task.await.unwrap());
        }
        let mut connected = clients.map(|client| client.local_addr().unwrap());
        accepted.sort();
        connected.sort();
        assert_eq!(accepted, connected);
    });
}

#[test]
fn a_receive_that_is_given_up_takes_no_datagram_from_the_others() {
    for dropped in 0..3 {
        paused().block_on(async {
            let there = Rc::new(UdpSocket::bind(ANY_PORT).await.unwrap());
            let here = std::net::UdpSocket::bind(ANY_PORT).unwrap();
            here.connect(there.local_addr().unwrap()).unwrap();
            let tasks = [(); 3].map(|()| {
                let there = there.clone();
                spawn(async move { there.recv(&mut [0; 64]).await.unwrap() })
            });
            settle().await;
            tasks[dropped].abort();
            for length in [1, 2] {
                here.send(&[0; 64][..length]).unwrap();
            }
            let mut lengths = Vec::new();
            for task in tasks {
                lengths.extend(task.await);
            }
            lengths.sort();
            assert_eq!(lengths, [1, 2]);
        });
    }
}

#[test]
fn a_read_that_is_given_up_when_it_was_just_woken_loses_nothing() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        for round in 0..10 {
            {
                let mut read = Box::pin(receive(&mut here));
                assert!(futures::poll!(read.as_mut()).is_pending());
                there.write_all(&[round]).unwrap();
                // The loop has taken the event in; nobody polls the read again.
                settle().await;
            }
            assert_eq!(receive(&mut here).await.unwrap(), [round]);
        }
        assert!(stays_pending(receive(&mut here)).await);
    });
}

#[test]
fn an_accept_that_is_given_up_when_it_was_just_woken_loses_no_connection() {
    paused().block_on(async {
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let address = listener.local_addr().unwrap();
        for _ in 0..10 {
            let mut accept = Box::pin(listener.accept());
            assert!(futures::poll!(accept.as_mut()).is_pending());
            let client = StdStream::connect(address).unwrap();
            wait_for(&listener, PollFlags::IN);
            settle().await;
            drop(accept);
            let (_, peer) = listener.accept().await.unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
        }
        assert!(stays_pending(listener.accept()).await);
    });
}

#[test]
fn all_tasks_that_peek_at_one_connection_see_what_comes() {
    paused().block_on(async {
        let (here, mut there) = pair();
        let here = Rc::new(here);
        let peeks: Vec<_> = (0..3)
            .map(|_| {
                let here = here.clone();
                spawn(async move { here.peek(&mut [0; 64]).await })
            })
            .collect();
        settle().await;
        there.write_all(b"coffee").unwrap();
        wait_for(&here, PollFlags::IN);
        for peek in peeks {
            let peeked = timeout(Duration::from_secs(1), peek).await;
            assert_eq!(peeked.expect("it was woken").unwrap().unwrap(), 6);
        }
    });
}

// Its drop is code of the program, and may use the reactor.
#[test]
fn a_waker_that_makes_sockets_as_it_is_dropped_gives_its_place_to_another() {
    struct MakesThem(Arc<AtomicBool>);
    impl Wake for MakesThem {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for MakesThem {
        fn drop(&mut self) {
            self.0.store(UnixStream::pair().is_ok(), SeqCst);
        }
    }
    paused().block_on(async {
        let (mut here, _there) = pair();
        let made = Arc::new(AtomicBool::new(false));
        let waker = Waker::from(Arc::new(MakesThem(made.clone())));
        let mut room = [0; 8];
        let read = Pin::new(&mut here).poll_read(
            &mut Context::from_waker(&waker),
            &mut ReadBuf::new(&mut room),
        );
        assert!(read.is_pending());
        drop(waker);
        assert!(!made.load(SeqCst), "it waits");
        assert!(stays_pending(here.read(&mut room)).await);
        assert!(made.load(SeqCst));
    });
}
