//! Floods: clients that never stop, by HTTP/1 and, in `floods/http2.rs`, by frames of HTTP/2.
//!
//! While they run, an honest client is served. What can't be honest is refused, and the
//! client told why; the rest is taken in, at the client's expense. Either way the service
//! has no descriptor more afterwards, no memory but for a stated part, and nothing to do.
//! `FLOODS` is how many times as long as usual each is.

mod flood;
mod http2;

use std::fs;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::service::{PATIENCE, Service, request};
use flood::{Course, Flood, Outcome, Rest, occurrences};

/// What floods may leave the service with. Much less than they sent.
const ROOM: usize = 2 << 20;

/// glibc keeps the more of what is free, the more was given back to it at once, unless it is
/// told how much: mallopt(3). What is left is the service's then.
const GIVES_BACK: [(&str, &str); 2] = [
    ("MALLOC_MMAP_THRESHOLD_", "131072"),
    ("MALLOC_TRIM_THRESHOLD_", "131072"),
];

/// How often the honest client has to be answered while both floods are under way.
const ANSWERS: usize = 5;

fn resident(service: &Service) -> usize {
    let path = format!("/proc/{}/status", service.program.id());
    let status = fs::read_to_string(path).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let words = line.expect("a process has it").split_whitespace().next();
    words.expect("a number").parse::<usize>().expect("in KiB") * 1024
}

/// The flood is refused: each of its connections is told what `is_answer` takes.
fn refuses(begin: &[u8], again: &[u8], is_answer: fn(&[u8]) -> bool) {
    let flood = Flood {
        begin,
        again,
        rest: None,
    };
    stands("1s", &flood, |Outcome { sent, heard, .. }| {
        for end in [sent, &heard.end] {
            let kind = end.as_ref().map_err(|error| error.kind());
            // A service that has closed it passes over what still comes, but not for ever.
            let is_end = matches!(
                kind,
                Ok(()) | Err(ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
            );
            assert!(is_end, "the service leaves the connection open: {end:?}");
        }
        let said = &heard.said;
        assert!(is_answer(said), "{}", beginning(said));
    });
}

/// A flood of `piece` is taken in to its end. It is answered as often as `count` makes of the
/// number of pieces.
fn takes_in(begin: &[u8], piece: &[u8], rest: Rest<'_>, count: fn(usize) -> usize) {
    const AT_A_TIME: usize = 100;
    let flood = Flood {
        begin,
        again: &piece.repeat(AT_A_TIME),
        rest: Some(rest),
    };
    // A piece is no progress to the service, unless it is a request or has an answer.
    stands("1h", &flood, |Outcome { times, sent, heard }| {
        let said = beginning(&heard.said);
        assert!(sent.is_ok(), "not all was sent: {sent:?}, {said}");
        assert!(heard.end.is_ok(), "{:?}, {said}", heard.end);
        assert_eq!(heard.answers, count(times * AT_A_TIME), "{said}");
    });
}

fn beginning(said: &[u8]) -> impl std::fmt::Display {
    said[..said.len().min(400)].escape_ascii()
}

/// The service, whose times are `time`, stands two of the same flood beside an honest client,
/// and each of their connections comes out as `check` wants it.
fn stands(time: &str, flood: &Flood<'_>, check: impl Fn(&Outcome) + Sync) {
    let mut arguments = Vec::new();
    for which in ["--header-time", "--idle-time", "--request-time"] {
        arguments.extend([which, time]);
    }
    let service = Service::start_with(&arguments, &GIVES_BACK);
    let descriptors = service.descriptors();
    let courses = [Course::default(), Course::default()];
    // What a first connection of each kind costs for good.
    check(&flood.run(&service, &courses[0], &AtomicBool::new(true)));
    assert_eq!(service.get("/good?ms=0").status, 200);
    service.wait_for_descriptors(descriptors);
    let before = resident(&service);

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for course in &courses {
            scope.spawn(|| {
                // Also when the check fails: the others would never end.
                let _over = SetOnDrop(&is_over);
                while !is_over.load(Ordering::SeqCst) {
                    check(&flood.run(&service, course, &is_over));
                }
            });
        }
        let _over = SetOnDrop(&is_over);
        ask_meanwhile(&service, &courses, &is_over);
    });

    service.wait_for_descriptors(descriptors);
    let left = resident(&service).saturating_sub(before);
    assert!(left < ROOM, "{left} bytes more than before");
    // It has nothing left to do.
    let used = service.processor_time();
    thread::sleep(Duration::from_millis(300));
    let used = service.processor_time() - used;
    assert!(used < Duration::from_millis(100), "it spins: {used:?}");
}

/// The honest client asks until it was answered often enough. What counts is an answer that it
/// has asked for and received while both floods went on by the same connections: one that had to
/// wait for an end of theirs says nothing.
fn ask_meanwhile(service: &Service, courses: &[Course; 2], is_over: &AtomicBool) {
    let under_way = || Some([courses[0].under_way()?, courses[1].under_way()?]);
    let deadline = Instant::now() + 4 * PATIENCE;
    let mut answers = 0;
    while answers < ANSWERS && !is_over.load(Ordering::SeqCst) {
        assert!(Instant::now() < deadline, "{answers} answers meanwhile");
        let asked = under_way();
        assert_eq!(service.get("/good?ms=0").status, 200);
        if asked.is_some() && asked == under_way() {
            answers += 1;
        }
    }
}

struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn has(said: &[u8], words: &[u8]) -> bool {
    occurrences(said, words) > 0
}

#[test]
fn headers_without_end_are_refused() {
    let get = b"GET /good?ms=0 HTTP/1.1\r\nhost: service\r\n";
    refuses(get, b"x: y\r\n".repeat(1000).as_slice(), |said| {
        has(said, b"HTTP/1.1 431 ")
    });
}

#[test]
fn requests_without_end_are_each_answered() {
    let get = request("GET", "/good?ms=0", &[], b"");
    let rest = Rest {
        end: &request("GET", "/good?ms=0", &["connection: close"], b""),
        last: b"connection: close\r\n",
        answer: b"HTTP/1.1 200 OK\r\n",
    };
    // And the last.
    takes_in(b"", &get, rest, |requests| requests + 1);
}

#[test]
fn a_body_without_end_is_refused() {
    let put = b"PUT /cache/a HTTP/1.1\r\nhost: service\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = [b"1000\r\n", [b'x'; 0x1000].as_slice(), b"\r\n"].concat();
    refuses(put, &chunk, |said| has(said, b"HTTP/1.1 413 "));
}

#[test]
fn a_body_of_smallest_chunks_without_end_is_refused() {
    let put = b"PUT /cache/a HTTP/1.1\r\nhost: service\r\ntransfer-encoding: chunked\r\n\r\n";
    refuses(put, &b"1\r\nx\r\n".repeat(1000), |said| {
        has(said, b"HTTP/1.1 413 ") || has(said, b"HTTP/1.1 408 ")
    });
}

#[test]
fn a_chunk_whose_extension_has_no_end_is_refused() {
    let put = b"PUT /cache/a HTTP/1.1\r\nhost: service\r\ntransfer-encoding: chunked\r\n\r\n1;a=";
    refuses(put, &[b'x'; 1000], |said| has(said, b"HTTP/1.1 400 "));
}

#[test]
fn trailers_without_end_are_refused() {
    let put = b"PUT /cache/a HTTP/1.1\r\nhost: service\r\ntransfer-encoding: chunked\r\n\r\n0\r\n";
    refuses(put, b"x: y\r\n".repeat(1000).as_slice(), |said| {
        has(said, b"HTTP/1.1 400 ")
    });
}
