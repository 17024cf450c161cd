//! `/good`, `/blocking` and `/threadpool`, and what is no route.

use std::thread;
use std::time::{Duration, Instant};

use crate::service::{Service, request};

#[test]
fn each_way_to_wait_says_what_it_did() {
    let service = Service::start(&[]);
    for (path, said) in [
        ("/good?ms=20", "awaited 20ms\n"),
        ("/good", "awaited 100ms\n"),
        ("/good?ms=0", "awaited 0ns\n"),
        ("/blocking?ms=20", "blocked the loop for 20ms\n"),
        (
            "/threadpool?ms=20",
            "blocked a thread of the pool for 20ms\n",
        ),
    ] {
        let answer = service.get(path);
        assert_eq!((answer.status, answer.text()), (200, said), "{path}");
    }
}

#[test]
fn a_wait_that_is_no_number_or_too_long_is_refused_at_once() {
    let service = Service::start(&[]);
    for route in ["/good", "/blocking", "/threadpool"] {
        for ms in ["x", "-1", "1.5", "", "10001", "18446744073709551616"] {
            let answer = service.get(&format!("{route}?ms={ms}"));
            assert_eq!(answer.status, 400, "{route} {ms}");
        }
    }
}

#[test]
fn awaiting_and_the_thread_pool_leave_others_alone_and_blocking_does_not() {
    let service = Service::start(&[]);
    let waits = Duration::from_millis(1000);
    for (path, holds_others) in [
        ("/good", false),
        ("/threadpool", false),
        ("/blocking", true),
    ] {
        let mut slow = service.connect();
        let mut quick = service.connect();
        // Both connections are known to the service before the clock runs.
        for client in [&mut slow, &mut quick] {
            client.send(&request("GET", "/good?ms=0", &[], b""));
            assert_eq!(client.answer().status, 200);
        }
        let start = Instant::now();
        slow.send(&request("GET", &format!("{path}?ms=1000"), &[], b""));
        // Sent after `slow` has begun: until then it is asked again.
        let mut held = Duration::ZERO;
        while !holds_others || held < waits / 2 {
            let asked = Instant::now();
            quick.send(&request("GET", "/good?ms=0", &[], b""));
            assert_eq!(quick.answer().status, 200);
            held = held.max(asked.elapsed());
            if start.elapsed() > waits {
                break;
            }
        }
        assert_eq!(slow.answer().status, 200);
        assert!(start.elapsed() >= waits);
        assert_eq!(held >= waits / 2, holds_others, "{path}: {held:?}");
    }
}

#[test]
fn a_hundred_waits_take_the_time_of_one() {
    let service = Service::start(&[]);
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| assert_eq!(service.get("/good?ms=500").status, 200));
        }
    });
    // One after the other they would take 50 seconds.
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_is_no_route_or_no_method_of_one_is_told_so() {
    let service = Service::start(&[]);
    assert_eq!(service.get("/").status, 200);
    assert_eq!(service.get("/nothing").status, 404);
    assert_eq!(service.get("/good/more").status, 404);
    let answer = service.ask("POST", "/good", b"x");
    assert_eq!(
        (answer.status, answer.header("allow")),
        (405, Some("GET,HEAD"))
    );
    let answer = service.ask("PATCH", "/items", b"x");
    assert_eq!(answer.status, 405);
    assert_eq!(service.ask("BREW", "/good", b"").status, 405);
}

#[test]
fn head_has_the_header_of_get_and_no_body() {
    let service = Service::start(&[]);
    let mut client = service.connect();
    client.send(b"HEAD /good?ms=0 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut client.stream, &mut text).expect("it answers");
    assert!(text.contains("content-length: 12\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n"), "{text}");
}

#[test]
fn a_connection_is_kept_for_the_next_request_and_pipelined_ones_are_answered_in_order() {
    let service = Service::start(&[]);
    let mut client = service.connect();
    let mut all = Vec::new();
    for ms in [30, 0, 10] {
        all.extend(request("GET", &format!("/good?ms={ms}"), &[], b""));
    }
    client.send(&all);
    let texts = [(); 3].map(|()| client.answer().text().to_owned());
    assert_eq!(texts, ["awaited 30ms\n", "awaited 0ns\n", "awaited 10ms\n"]);
}
