//! Floods: clients that never stop, by HTTP/1 and by frames of HTTP/2 written by hand.
//!
//! While they run, an honest client is served. What can't be honest is refused, and the
//! client told why; the rest is taken in, at the client's expense. Either way the service
//! has no descriptor more afterwards, no memory but for a stated part, and nothing to do.
//! `FLOODS` is how many times as long as usual each is.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::service::{PATIENCE, Service, request};

/// What floods may leave the service with: what its allocator keeps of two bodies of a MiB,
/// which grew by being copied. Much less than they sent.
const ROOM: usize = 8 << 20;

/// Bytes that each flood sends if nobody stops it.
const LENGTH: usize = 8 << 20;

fn times() -> usize {
    let times = std::env::var("FLOODS").ok();
    times.map_or(1, |times| times.parse().expect("FLOODS is a number"))
}

fn resident(service: &Service) -> usize {
    let path = format!("/proc/{}/status", service.program.id());
    let status = fs::read_to_string(path).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let words = line.expect("a process has it").split_whitespace().next();
    words.expect("a number").parse::<usize>().expect("in KiB") * 1024
}

/// Sends `begin`, and then `again` until the service won't have it or enough was sent, and
/// returns what the service said meanwhile, which is read all the time: the first of it
/// and the last.
fn flood(service: &Service, begin: &[u8], again: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(service.address).expect("it listens");
    let mut answers = stream.try_clone().expect("a descriptor");
    stream.set_write_timeout(Some(PATIENCE)).expect("not zero");
    answers.set_read_timeout(Some(PATIENCE)).expect("not zero");
    let reader = thread::spawn(move || {
        let mut said = Vec::new();
        let mut bytes = [0; 64 << 10];
        let end = loop {
            match answers.read(&mut bytes) {
                Ok(0) => break Ok(()),
                Ok(count) => said.extend_from_slice(&bytes[..count]),
                Err(error) => break Err(error),
            }
            // How it began and how it ended.
            if said.len() > 3 << 20 {
                said.drain(1 << 20..2 << 20);
            }
        };
        let is_stuck = end.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        assert!(!is_stuck, "the service leaves the connection open");
        said
    });
    let mut send = || {
        stream.write_all(begin)?;
        for _ in 0..LENGTH * times() / again.len() {
            stream.write_all(again)?;
        }
        stream.shutdown(Shutdown::Write)
    };
    if let Err(error) = send() {
        let kind = error.kind();
        let is_end = matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset);
        assert!(is_end, "the service is stuck: {error}");
    }
    reader.join().expect("the service ends it")
}

/// A flood beside an honest client. Each has to be told what `is_answer` takes.
fn stands(begin: &[u8], again: &[u8], is_answer: fn(&[u8]) -> bool) {
    let times = [
        "--header-time",
        "1s",
        "--idle-time",
        "1s",
        "--request-time",
        "1s",
    ];
    let service = Service::start(&times);
    // What a first connection of each kind costs for good.
    flood(&service, begin, again);
    assert_eq!(service.get("/good?ms=0").status, 200);
    let before = (service.descriptors(), resident(&service));
    let is_over = AtomicBool::new(false);
    let served = thread::scope(|scope| {
        let honest = scope.spawn(|| {
            let mut served = 0;
            while !is_over.load(Ordering::Relaxed) {
                assert_eq!(service.get("/good?ms=0").status, 200);
                served += 1;
            }
            served
        });
        let floods: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| flood(&service, begin, again)))
            .collect();
        let told: Vec<_> = floods.into_iter().map(|flood| flood.join()).collect();
        is_over.store(true, Ordering::Relaxed);
        let served = honest.join().expect("it was served");
        for told in told {
            let told = told.expect("it came to an end");
            assert!(
                is_answer(&told),
                "{}",
                told[..told.len().min(400)].escape_ascii()
            );
        }
        served
    });
    assert!(served > 0, "nobody was served meanwhile");
    service.wait_for_descriptors(before.0);
    let left = resident(&service).saturating_sub(before.1);
    assert!(left < ROOM, "{left} bytes more than before");
    // It has nothing left to do.
    let used = service.processor_time();
    thread::sleep(Duration::from_millis(300));
    let used = service.processor_time() - used;
    assert!(used < Duration::from_millis(100), "it spins: {used:?}");
}

fn has(said: &[u8], words: &[u8]) -> bool {
    said.windows(words.len()).any(|part| part == words)
}

#[test]
fn headers_without_end_are_refused() {
    let get = b"GET /good?ms=0 HTTP/1.1\r\nhost: service\r\n";
    stands(get, b"x: y\r\n".repeat(1000).as_slice(), |said| {
        has(said, b"HTTP/1.1 431 ")
    });
}

#[test]
fn requests_without_end_are_each_answered() {
    let get = request("GET", "/good?ms=0", &[], b"");
    stands(b"", &get.repeat(1000), |said| !has(said, b"HTTP/1.1 4"));
}

#[test]
fn a_body_without_end_is_refused() {
    let put = b"PUT /cache/a HTTP/1.1\r\nhost: service\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = [b"1000\r\n", [b'x'; 0x1000].as_slice(), b"\r\n"].concat();
    stands(put, &chunk, |said| has(said, b"HTTP/1.1 413 "));
}

#[test]
fn a_body_of_smallest_chunks_without_end_is_refused() {
    let put = b"PUT /cache/a HTTP/1.1\r\nhost: service\r\ntransfer-encoding: chunked\r\n\r\n";
    stands(put, &b"1\r\nx\r\n".repeat(1000), |said| {
        has(said, b"HTTP/1.1 413 ") || has(said, b"HTTP/1.1 408 ")
    });
}

#[test]
fn a_chunk_whose_extension_has_no_end_is_refused() {
    let put = b"PUT /cache/a HTTP/1.1\r\nhost: service\r\ntransfer-encoding: chunked\r\n\r\n1;a=";
    stands(put, &[b'x'; 1000], |said| has(said, b"HTTP/1.1 400 "));
}

#[test]
fn trailers_without_end_are_refused() {
    let put = b"PUT /cache/a HTTP/1.1\r\nhost: service\r\ntransfer-encoding: chunked\r\n\r\n0\r\n";
    stands(put, b"x: y\r\n".repeat(1000).as_slice(), |said| {
        has(said, b"HTTP/1.1 400 ")
    });
}

/// Frames of HTTP/2, RFC 9113.
mod http2 {
    use super::{has, stands};

    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const DATA: u8 = 0;
    const HEADERS: u8 = 1;
    const PRIORITY: u8 = 2;
    const RST_STREAM: u8 = 3;
    const SETTINGS: u8 = 4;
    const PING: u8 = 6;
    const WINDOW_UPDATE: u8 = 8;
    const CONTINUATION: u8 = 9;
    /// Of no kind that there is.
    const GREASE: u8 = 0xb;

    /// A frame of that kind, on no stream.
    const GOAWAY: &[u8] = b"\x07\0\0\0\0\0";

    const PROTOCOL_ERROR: u8 = 1;
    const FLOW_CONTROL_ERROR: u8 = 3;

    const END_STREAM: u8 = 1;
    const END_HEADERS: u8 = 4;

    /// `GET /good?ms=0` by the static table, and its path as it stands: RFC 7541.
    const GET: &[u8] = b"\x82\x86\x04\x0a/good?ms=0\x01\x07service";

    /// `POST`, to the same path.
    const POST: &[u8] = b"\x83\x86\x04\x0a/good?ms=0\x01\x07service";

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).expect("a short frame");
        let mut bytes = length.to_be_bytes()[1..].to_vec();
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    fn begin() -> Vec<u8> {
        [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()
    }

    /// Whether the service said that it ends the connection, and why.
    fn goes_away(said: &[u8], code: u8) -> bool {
        let mut frames = said.windows(GOAWAY.len() + 8);
        frames.any(|frame| {
            let payload = frame.strip_prefix(GOAWAY);
            payload.is_some_and(|payload| payload[4..] == [0, 0, 0, code])
        })
    }

    #[test]
    fn resets_in_a_row_are_refused() {
        let mut begun = begin();
        for stream in (1..200_000).step_by(2) {
            begun.extend(frame(HEADERS, END_STREAM | END_HEADERS, stream, GET));
            begun.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        }
        stands(&begun, &frame(PING, 0, 0, &[0; 8]).repeat(100), |said| {
            has(said, b"too_many_resets")
        });
    }

    #[test]
    fn requests_that_have_to_be_reset_are_refused() {
        // Each takes the window away from under itself.
        let mut begun = begin();
        for stream in (1..200_000).step_by(2) {
            begun.extend(frame(HEADERS, END_HEADERS, stream, POST));
            begun.extend(frame(WINDOW_UPDATE, 0, stream, &[0; 4]));
        }
        stands(&begun, &frame(PING, 0, 0, &[0; 8]).repeat(100), |said| {
            goes_away(said, PROTOCOL_ERROR)
        });
    }

    #[test]
    fn settings_without_end_are_acknowledged_and_no_more() {
        let settings = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0xff, 0xff]);
        stands(&begin(), &settings.repeat(1000), |said| !has(said, GOAWAY));
    }

    #[test]
    fn pings_without_end_are_answered_and_no_more() {
        stands(&begin(), &frame(PING, 0, 0, &[7; 8]).repeat(1000), |said| {
            !has(said, GOAWAY)
        });
    }

    #[test]
    fn a_header_that_is_continued_without_end_is_refused() {
        let begun = [begin(), frame(HEADERS, END_STREAM, 1, GET)].concat();
        let more = frame(CONTINUATION, 0, 1, b"\x00\x01x\x01y");
        stands(&begun, &more.repeat(1000), |said| {
            has(said, b"too_many_continuations")
        });
    }

    #[test]
    fn a_header_that_is_continued_by_nothing_without_end_is_refused() {
        let begun = [begin(), frame(HEADERS, END_STREAM, 1, GET)].concat();
        stands(
            &begun,
            &frame(CONTINUATION, 0, 1, b"").repeat(1000),
            |said| has(said, b"too_many_continuations"),
        );
    }

    #[test]
    fn a_header_that_names_one_long_field_again_and_again_is_refused() {
        // 3,900 bytes are put into the table once, and named by one byte each time.
        let mut bomb = GET.to_vec();
        bomb.extend(b"\x40\x01x\x7f\xbd\x1d");
        bomb.extend([b'y'; 3900]);
        bomb.extend([0xbe; 10_000]);
        let begun = [begin(), frame(HEADERS, END_STREAM | END_HEADERS, 1, &bomb)].concat();
        let again = frame(HEADERS, END_STREAM | END_HEADERS, 1, &bomb);
        stands(&begun, &again, |said| {
            has(said, b"header_list_way_too_large")
        });
    }

    #[test]
    fn empty_pieces_of_a_body_without_end_are_refused() {
        let begun = [begin(), frame(HEADERS, END_HEADERS, 1, POST)].concat();
        stands(&begun, &frame(DATA, 0, 1, &[]).repeat(1000), |said| {
            has(said, b"too_many_data_frames")
        });
    }

    #[test]
    fn priorities_without_end_are_passed_over() {
        let priority = frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 7]);
        stands(&begin(), &priority.repeat(1000), |said| !has(said, GOAWAY));
    }

    #[test]
    fn windows_that_grow_beyond_all_bounds_are_refused() {
        let grows = frame(WINDOW_UPDATE, 0, 0, &0x00ff_ffff_u32.to_be_bytes());
        stands(&begin(), &grows.repeat(1000), |said| {
            goes_away(said, FLOW_CONTROL_ERROR)
        });
    }

    #[test]
    fn frames_of_no_kind_are_passed_over() {
        stands(
            &begin(),
            &frame(GREASE, 0, 0, &[0; 100]).repeat(100),
            |said| !has(said, GOAWAY),
        );
    }
}
