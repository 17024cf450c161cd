//! Clients that take their time: senders of one byte now and then, readers that
//! don't read, and those who say nothing at all.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::service::{Client, PATIENCE, Service, request};

/// Sends `bytes` one by one, with pauses, until the service has had enough; and returns the
/// status it answered, if any. All of them would take far longer than any service under test
/// may wait, also one that is held up.
fn drip(client: &mut Client, bytes: &[u8]) -> Option<u16> {
    let stream = &mut client.stream;
    stream.set_read_timeout(Some(PAUSE)).expect("not zero");
    for byte in bytes {
        if stream.write_all(&[*byte]).is_err() {
            return None;
        }
        match stream.peek(&mut [0]) {
            Err(error) if is_nothing_yet(&error) => {}
            Ok(1) => {
                stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
                return Some(client.answer().status);
            }
            _ => return None,
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

/// Starts the service with these times, and the others so long that they end nothing here.
fn start(times: &[(&str, &str)]) -> Service {
    let mut arguments = Vec::new();
    for which in ["--header-time", "--idle-time", "--request-time"] {
        let time = times.iter().find(|(name, _)| *name == which);
        arguments.extend([which, time.map_or("1h", |(_, time)| time)]);
    }
    Service::start(&arguments)
}

#[test]
fn a_header_that_comes_byte_by_byte_is_ended_by_its_time() {
    let service = start(&[("--header-time", "400ms")]);
    // Before the service's own clock begins.
    let start = Instant::now();
    let mut client = service.connect();
    let status = drip(&mut client, &endless_header());
    assert!(start.elapsed() >= LIMIT, "{:?}", start.elapsed());
    assert!(matches!(status, None | Some(408)), "{status:?}");
}

#[test]
fn the_second_header_of_a_connection_has_no_more_time_than_the_first() {
    let service = start(&[("--header-time", "400ms")]);
    let mut client = service.connect();
    client.send(&request("GET", "/good?ms=0", &[], b""));
    assert_eq!(client.answer().status, 200);
    let status = drip(&mut client, &endless_header());
    assert!(matches!(status, None | Some(408)), "{status:?}");
}

fn endless_header() -> Vec<u8> {
    request("GET", "/good", &[&format!("x: {}", "y".repeat(1000))], b"")
}

#[test]
fn a_header_of_http2_has_no_more_time_byte_by_byte() {
    // The first words themselves; and then a HEADERS frame of 10,000 bytes.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let headers = [0, 0x27, 0x10, 1, 4, 0, 0, 0, 1];
    let begun = [&preface[..], &settings, &headers].concat();
    // A pause is much shorter, so that it is no standing still; all of them are much longer.
    let service = start(&[("--header-time", "1s"), ("--idle-time", "1s")]);
    let pause = Duration::from_millis(300);
    for (at_once, slowly) in [(&b""[..], &preface[..]), (&begun[..], &[0; 50][..])] {
        let mut client = service.connect();
        client.send(at_once);
        client
            .stream
            .set_read_timeout(Some(pause))
            .expect("not zero");
        assert!(is_ended_during(&mut client, slowly), "it took all of it");
    }
}

/// Sends `bytes` one by one, each after a pause, whatever the service says meanwhile;
/// and returns whether it ended the connection before it had them all.
fn is_ended_during(client: &mut Client, bytes: &[u8]) -> bool {
    let stream = &mut client.stream;
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
    let service = start(&[("--request-time", "400ms")]);
    let mut client = service.connect();
    // Before the service's own clock begins.
    let start = Instant::now();
    client.send(b"PUT /cache/a HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n");
    let status = drip(&mut client, &[b'x'; 1000]);
    assert!(start.elapsed() >= LIMIT, "{:?}", start.elapsed());
    assert_eq!(status, Some(408));
    client.assert_closed();
}

#[test]
fn who_says_nothing_is_let_go_whatever_was_said_before() {
    let service = start(&[("--header-time", "300ms"), ("--idle-time", "300ms")]);
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
        let mut rest = Vec::new();
        let end = client.stream.read_to_end(&mut rest);
        assert!(end.is_ok(), "{said:?}: {end:?}");
    }
    service.wait_for_descriptors(before);
}

#[test]
fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let service = start(&[("--idle-time", "1s")]);
    let mut client = service.connect();
    client.send(&request("GET", "/good?ms=4000", &[], b""));
    // Nothing moves for four times the idle time, but a handler is at work.
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
    let size = 48 << 20;
    let large = File::create(folder.path().join("large")).expect("ours");
    large.set_len(size).expect("it has room for nothing");
    let path = folder.path().to_str().expect("text");
    let service = Service::start(&["--files", path, "--idle-time", "3s"]);
    let mut client = service.connect();
    client.send(&request("GET", "/file/large", &["connection: close"], b""));
    // For longer than the idle time allows to who takes nothing at all, which is twice that
    // time, and to the end of it more is left than the sockets hold.
    let mut part = vec![0; 512 << 10];
    for _ in 0..65 {
        client.stream.read_exact(&mut part).expect("it goes on");
        thread::sleep(Duration::from_millis(100));
    }
    let mut rest = Vec::new();
    client.stream.read_to_end(&mut rest).expect("it goes on");
    let total = 65 * part.len() + rest.len();
    assert!(total as u64 > size, "{total}");
}

#[test]
fn a_crowd_of_slow_senders_holds_up_nobody() {
    // None of them is let go while this looks on, so that who waits for one waits for ever.
    let service = start(&[]);
    let mut slow: Vec<_> = (0..200).map(|_| service.connect()).collect();
    for round in 0..20 {
        for client in &mut slow {
            client.send(if round == 0 { b"G" } else { b"E" });
        }
        assert_eq!(service.get("/good?ms=0").status, 200);
    }
    // They were waited for meanwhile: of each there is a method now that is none.
    for client in &mut slow {
        client.send(b" /good?ms=0 HTTP/1.1\r\nhost: service\r\n\r\n");
    }
    for client in &mut slow {
        assert_eq!(client.answer().status, 405);
    }
}
