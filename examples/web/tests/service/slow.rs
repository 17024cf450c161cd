//! Clients that take their time: senders of one byte now and then, readers that
//! don't read, and those who say nothing at all.

use std::io::{Error, ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::service::{Client, Service, request};

/// Sends `bytes` one by one, each after a pause, until the service has had enough;
/// and returns how long that took, and the status it answered, if any.
fn drip(client: &mut Client, bytes: &[u8], pause: Duration) -> (Duration, Option<u16>) {
    let start = Instant::now();
    client
        .stream
        .set_read_timeout(Some(pause))
        .expect("not zero");
    for byte in bytes {
        if client.stream.write_all(&[*byte]).is_err() {
            return (start.elapsed(), None);
        }
        let mut first = [0];
        match client.stream.peek(&mut first) {
            Err(error) if is_nothing_yet(&error) => {}
            Ok(1) => return (start.elapsed(), Some(client.answer().status)),
            _ => return (start.elapsed(), None),
        }
    }
    panic!("it took all of it");
}

/// Whether a read had to wait too long, or was interrupted, as one with a timeout is
/// when the process is stopped and goes on (signal(7)).
fn is_nothing_yet(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

const PAUSE: Duration = Duration::from_millis(50);
const LIMIT: Duration = Duration::from_millis(400);
/// Far longer than the limit, far shorter than the defaults of the others.
const SOON: Duration = Duration::from_secs(6);

#[test]
fn a_header_that_comes_byte_by_byte_is_ended_by_its_time() {
    let service = Service::start(&["--header-time", "400ms"]);
    let mut client = service.connect();
    let endless = request("GET", "/good", &[&format!("x: {}", "y".repeat(1000))], b"");
    let (took, status) = drip(&mut client, &endless, PAUSE);
    assert!(took >= LIMIT && took < SOON, "{took:?}");
    assert!(matches!(status, None | Some(408)), "{status:?}");
}

#[test]
fn the_second_header_of_a_connection_has_no_more_time_than_the_first() {
    let service = Service::start(&["--header-time", "400ms"]);
    let mut client = service.connect();
    client.send(&request("GET", "/good?ms=0", &[], b""));
    assert_eq!(client.answer().status, 200);
    let endless = request("GET", "/good", &[&format!("x: {}", "y".repeat(1000))], b"");
    let (took, _) = drip(&mut client, &endless, PAUSE);
    assert!(took < SOON, "{took:?}");
}

#[test]
fn a_header_of_http2_has_no_more_time_byte_by_byte() {
    // The first words themselves; and then a HEADERS frame of 10,000 bytes.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let headers = [0, 0x27, 0x10, 1, 4, 0, 0, 0, 1];
    let begun = [&preface[..], &settings, &headers].concat();
    let service = Service::start(&["--header-time", "400ms", "--idle-time", "400ms"]);
    for (at_once, slowly) in [(&b""[..], &preface[..]), (&begun[..], &[0; 1000][..])] {
        let mut client = service.connect();
        client.send(at_once);
        let start = Instant::now();
        assert!(is_ended_during(&mut client, slowly), "it took all of it");
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    }
}

/// Sends `bytes` one by one, each after a pause, whatever the service says meanwhile;
/// and returns whether it ended the connection before it had them all.
fn is_ended_during(client: &mut Client, bytes: &[u8]) -> bool {
    let stream = &mut client.stream;
    stream.set_read_timeout(Some(PAUSE)).expect("not zero");
    bytes.iter().any(|byte| {
        stream.write_all(&[*byte]).is_err()
            || match stream.read(&mut [0; 1024]) {
                Ok(count) => count == 0,
                Err(error) => !is_nothing_yet(&error),
            }
    })
}

#[test]
fn a_body_that_comes_byte_by_byte_is_ended_by_the_requests_time() {
    let service = Service::start(&["--request-time", "400ms"]);
    let mut client = service.connect();
    client.send(b"PUT /cache/a HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n");
    let (took, status) = drip(&mut client, &[b'x'; 1000], PAUSE);
    assert!(took >= LIMIT && took < SOON, "{took:?}");
    assert_eq!(status, Some(408));
    client.assert_closed();
}

#[test]
fn who_says_nothing_is_let_go_whatever_was_said_before() {
    let service = Service::start(&["--header-time", "300ms", "--idle-time", "300ms"]);
    let before = service.descriptors();
    for said in [
        &b""[..],
        b"G",
        // The beginning of HTTP/2, and all of its first words.
        b"PRI",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /good?ms=0 HTTP/1.1\r\n",
    ] {
        let mut client = service.connect();
        client.send(said);
        let start = Instant::now();
        let mut rest = Vec::new();
        client.stream.read_to_end(&mut rest).expect("it closes");
        assert!(start.elapsed() < SOON, "{said:?}");
    }
    service.wait_for_descriptors(before);
}

#[test]
fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let service = Service::start(&["--header-time", "300ms", "--idle-time", "100ms"]);
    let mut client = service.connect();
    client.send(&request("GET", "/good?ms=1000", &[], b""));
    // Nothing moves for ten times the idle time, but a handler is at work.
    assert_eq!(client.answer().status, 200);
    client.assert_closed();
}

#[test]
fn who_does_not_read_the_answer_is_let_go() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("large"), vec![0; 64 * 1024 * 1024]).expect("ours");
    let path = folder.path().to_str().expect("text");
    let service = Service::start(&["--files", path, "--idle-time", "300ms"]);
    let before = service.descriptors();
    let mut client = service.connect();
    client.send(&request("GET", "/file/large", &[], b""));
    let mut first = [0; 1];
    client.stream.read_exact(&mut first).expect("it begins");
    // Neither its connection nor the file stays open.
    service.wait_for_descriptors(before);
}

#[test]
fn who_reads_slowly_gets_all() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let size = 8 * 1024 * 1024;
    std::fs::write(folder.path().join("large"), vec![0; size]).expect("ours");
    let path = folder.path().to_str().expect("text");
    let service = Service::start(&["--files", path, "--idle-time", "500ms"]);
    let mut client = service.connect();
    client.send(&request("GET", "/file/large", &["connection: close"], b""));
    let start = Instant::now();
    let mut total = 0;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match client.stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => total += count,
            Err(error) => assert!(is_nothing_yet(&error), "{error}"),
        }
        thread::sleep(Duration::from_millis(20));
    }
    assert!(total > size);
    // Longer than the idle time allows to who takes nothing at all.
    assert!(start.elapsed() > Duration::from_millis(500));
}

#[test]
fn a_crowd_of_slow_senders_does_not_slow_down_the_others() {
    let service = Service::start(&["--header-time", "20s"]);
    let mut slow: Vec<_> = (0..200).map(|_| service.connect()).collect();
    for round in 0..20 {
        for client in &mut slow {
            client.send(if round == 0 { b"G" } else { b"E" });
        }
        let start = Instant::now();
        assert_eq!(service.get("/good?ms=0").status, 200);
        assert!(start.elapsed() < Duration::from_secs(2));
    }
}
