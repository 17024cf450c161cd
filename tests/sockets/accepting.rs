//! Accepting when descriptors are used up, and clients that don't wait for it.

use std::io::{ErrorKind, Write};
use std::net::TcpStream as StdStream;
use std::time::Duration;

use buzzer::io::raw_os_error;
use buzzer::net::{TcpListener, UnixListener};
use buzzer::time::{Instant, sleep, timeout};
use rustix::event::PollFlags;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::child::in_a_child;
use crate::paused::paused;
use crate::{ANY_PORT, pair, receive, reset, std_listener, wait_for};

fn limit_descriptors(current: u64) {
    let limit = getrlimit(Resource::Nofile);
    let current = Some(current);
    setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
}

/// Takes all descriptors that are left.
fn take_all() -> Vec<std::fs::File> {
    let open = || std::fs::File::open("/dev/null").ok();
    std::iter::from_fn(open).collect()
}

#[test]
fn accept_without_descriptors_neither_spins_nor_gives_up() {
    in_a_child(|| {
        limit_descriptors(64);
        let runtime = paused();
        runtime.block_on(async {
            let listener = TcpListener::bind(ANY_PORT).await.unwrap();
            let client = StdStream::connect(listener.local_addr().unwrap()).unwrap();
            wait_for(&listener, PollFlags::IN);
            let mut taken = take_all();
            // A loop that ignores the error, for a second.
            let (mut errors, turns) = (0, runtime.metrics().turns());
            let busy = async {
                loop {
                    let error = listener.accept().await.unwrap_err();
                    assert_eq!(raw_os_error(&error), Some(libc::EMFILE), "{error}");
                    let address = listener.local_addr().unwrap().to_string();
                    assert!(error.to_string().contains(&address), "{error}");
                    errors += 1;
                }
            };
            timeout(Duration::from_secs(1), busy).await.unwrap_err();
            let turns = runtime.metrics().turns() - turns;
            assert!((2..=21).contains(&errors), "{errors} errors in a second");
            assert!(turns <= 3 * errors, "{turns} turns for {errors} errors");
            // Once there is room again, the client is served: it was not lost.
            taken.pop();
            let (_, peer) = listener.accept().await.unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
        });
    });
}

#[test]
fn accept_without_descriptors_lets_others_run() {
    in_a_child(|| {
        limit_descriptors(64);
        paused().block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("bar");
            let listener = UnixListener::bind(&path).unwrap();
            let (mut here, mut there) = pair();
            let _client = std::os::unix::net::UnixStream::connect(&path).unwrap();
            let taken = take_all();
            let server = buzzer::spawn(async move {
                loop {
                    if let Ok((stream, _)) = listener.accept().await {
                        return stream;
                    }
                }
            });
            let begin = Instant::now();
            for round in 0..10 {
                sleep(Duration::from_millis(10)).await;
                there.write_all(&[round]).unwrap();
                assert_eq!(receive(&mut here).await.unwrap(), [round]);
            }
            assert_eq!(begin.elapsed(), Duration::from_millis(100));
            assert!(!server.is_finished());
            drop(taken);
            server.await.unwrap();
        });
    });
}

#[test]
fn a_client_that_resets_before_it_is_accepted_does_not_end_the_loop() {
    paused().block_on(async {
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let address = listener.local_addr().unwrap();
        for _ in 0..10 {
            let early = StdStream::connect(address).unwrap();
            wait_for(&listener, PollFlags::IN);
            reset(early);
        }
        let mut client = StdStream::connect(address).unwrap();
        client.write_all(b"here I am").unwrap();
        // Linux hands the dead ones out as connections, others as errors of accept;
        // neither may keep the living one from its turn.
        let mut dead = 0;
        loop {
            let (mut stream, peer) = listener.accept().await.unwrap();
            if peer == client.local_addr().unwrap() {
                assert_eq!(receive(&mut stream).await.unwrap(), b"here I am");
                break;
            }
            assert_eq!(
                receive(&mut stream).await.unwrap_err(),
                ErrorKind::ConnectionReset
            );
            dead += 1;
        }
        assert!(dead <= 10);
    });
}

#[test]
fn a_burst_of_clients_is_accepted_from_one_event() {
    paused().block_on(async {
        let (listener, address) = std_listener();
        let listener = TcpListener::from_std(listener).unwrap();
        let clients: Vec<_> = (0..100)
            .map(|_| StdStream::connect(address).unwrap())
            .collect();
        for client in &clients {
            let (_, peer) = listener.accept().await.unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
        }
    });
}
