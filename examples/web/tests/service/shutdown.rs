//! The end: in flight what is in flight, and nothing new.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::service::{Client, PATIENCE, Service, request};

/// A client whose request for `path` is in flight.
fn in_flight(service: &Service, path: &str) -> Client {
    let mut client = service.connect();
    client.send(&request("GET", "/good?ms=0", &[], b""));
    assert_eq!(client.answer().status, 200);
    client.send(&request("GET", path, &[], b""));
    // What was sent before has been read before this is answered.
    assert_eq!(service.get("/good?ms=0").status, 200);
    client
}

fn stop(service: &mut Service, signal: Signal) {
    service.program.signal(signal);
    let line = service.program.line_with("stopping");
    assert!(line.is_some(), "{:?}", service.program.log());
}

fn wait_until_refused(service: &Service) {
    let start = Instant::now();
    loop {
        match TcpStream::connect(service.address) {
            // It came just before the end, and the listener was closed with it in line.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => return assert_eq!(error.kind(), ErrorKind::ConnectionRefused),
            Ok(_) => assert!(start.elapsed() < PATIENCE, "it still listens"),
        }
    }
}

#[test]
fn what_is_in_flight_is_answered_and_what_is_new_is_refused() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut service = Service::start(&[]);
        let mut awaiting = in_flight(&service, "/good?ms=1000");
        let mut pooled = in_flight(&service, "/threadpool?ms=1000");
        stop(&mut service, signal);
        wait_until_refused(&service);
        for client in [&mut awaiting, &mut pooled] {
            let answer = client.answer();
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("connection"), Some("close"));
            client.assert_closed();
        }
        let (status, log) = service.program.wait();
        assert_eq!(status.code(), Some(0), "{log:?}");
    }
}

#[test]
fn a_file_being_sent_is_sent_to_its_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let size = 16 * 1024 * 1024;
    std::fs::write(folder.path().join("large"), vec![b'x'; size]).expect("ours");
    let path = folder.path().to_str().expect("text");
    let mut service = Service::start(&["--files", path]);
    let mut client = in_flight(&service, "/file/large");
    stop(&mut service, Signal::TERM);
    let answer = client.answer();
    assert_eq!((answer.status, answer.body.len()), (200, size));
    assert_eq!(service.program.wait().0.code(), Some(0));
}

#[test]
fn an_answer_is_sent_to_its_end_also_to_who_pauses_in_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let size = 16 * 1024 * 1024;
    std::fs::write(folder.path().join("large"), vec![b'x'; size]).expect("ours");
    let path = folder.path().to_str().expect("text");
    let mut service = Service::start(&["--files", path]);
    let mut client = in_flight(&service, "/file/large");
    stop(&mut service, Signal::TERM);
    // Longer than a connection may stand still to which nothing is owed.
    std::thread::sleep(Duration::from_secs(3));
    let answer = client.answer();
    assert_eq!((answer.status, answer.body.len()), (200, size));
    assert_eq!(service.program.wait().0.code(), Some(0));
}

#[test]
fn idle_connections_do_not_hold_up_the_end() {
    let mut service = Service::start(&[]);
    let mut idle = in_flight(&service, "/good?ms=0");
    assert_eq!(idle.answer().status, 200);
    let mut silent = service.connect();
    let mut half = service.connect();
    half.send(b"GET /good HT");
    assert_eq!(service.get("/good?ms=0").status, 200);
    let start = Instant::now();
    stop(&mut service, Signal::TERM);
    assert_eq!(service.program.wait().0.code(), Some(0));
    // The grace of ten seconds was not needed.
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
    for client in [&mut idle, &mut silent, &mut half] {
        client.assert_closed();
    }
}

#[test]
fn what_takes_longer_than_the_grace_is_cut() {
    let mut service = Service::start(&["--grace", "200ms"]);
    let mut client = in_flight(&service, "/good?ms=10000");
    let start = Instant::now();
    stop(&mut service, Signal::TERM);
    let (status, log) = service.program.wait();
    assert_eq!(status.code(), Some(0));
    let cut = "1 connections were not done in time, and are cut";
    assert!(log.iter().any(|line| line == cut), "{log:?}");
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert!(start.elapsed() < Duration::from_secs(8));
    client.assert_closed();
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut service = Service::start(&["--grace", "60s"]);
    let _client = in_flight(&service, "/good?ms=10000");
    stop(&mut service, Signal::INT);
    service.program.signal(Signal::INT);
    assert_eq!(service.program.wait().0.code(), Some(130));
}

#[test]
fn the_port_can_be_used_again_at_once() {
    let mut service = Service::start(&[]);
    let _open = in_flight(&service, "/good?ms=0");
    let address = service.address.to_string();
    stop(&mut service, Signal::TERM);
    assert_eq!(service.program.wait().0.code(), Some(0));
    let again = Service::start(&["--listen", &address]);
    assert_eq!(again.get("/good?ms=0").status, 200);
}

#[test]
fn a_limit_that_no_crowd_reaches_does_not_hold_up_the_end() {
    let most = usize::MAX.to_string();
    let mut service = Service::start(&["--max-connections", &most]);
    assert_eq!(service.get("/good?ms=0").status, 200);
    stop(&mut service, Signal::TERM);
    let (status, log) = service.program.wait();
    assert_eq!(status.code(), Some(0), "{log:?}");
    assert!(!log.iter().any(|line| line.contains("cut")), "{log:?}");
}
