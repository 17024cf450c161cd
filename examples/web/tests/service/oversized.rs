//! Headers and bodies that are larger than the limits.

use std::io::Write;

use crate::service::{Client, Service, request};

#[test]
fn a_header_that_is_too_large_is_refused_and_one_just_below_is_not() {
    let service = Service::start(&["--max-header", "8192"]);
    let with = |length: usize| {
        let header = format!("x: {}", "y".repeat(length));
        let mut client = service.connect();
        client.send(&request("GET", "/good?ms=0", &[&header], b""));
        client.answer().status
    };
    assert_eq!(with(8000), 200);
    assert_eq!(with(8192), 431);
    assert_eq!(with(100_000), 431);
}

#[test]
fn too_many_headers_are_refused() {
    let service = Service::start(&[]);
    let with = |count: usize| {
        let headers = vec!["x: y"; count];
        let mut client = service.connect();
        client.send(&request("GET", "/good?ms=0", &headers, b""));
        client.answer().status
    };
    assert_eq!(with(90), 200);
    assert_eq!(with(110), 431);
}

#[test]
fn ten_thousand_headers_are_refused_and_others_served() {
    // Too many bytes, and where those are allowed, too many fields.
    for bytes in ["16384", "1000000"] {
        let service = Service::start(&["--max-header", bytes]);
        let mut other = service.connect();
        let get = request("GET", "/good?ms=0", &[], b"");
        other.send(&get);
        assert_eq!(other.answer().status, 200);
        let mut client = service.connect();
        client.send(&request("GET", "/good?ms=0", &["x: y"; 10_000], b""));
        assert_eq!(client.answer().status, 431, "at most {bytes} bytes");
        other.send(&get);
        assert_eq!(other.answer().status, 200);
        client.assert_closed();
    }
}

#[test]
fn a_path_that_is_too_long_is_refused() {
    let service = Service::start(&[]);
    let path = format!("/{}", "x".repeat(100_000));
    let mut client = service.connect();
    client.send(&request("GET", &path, &[], b""));
    let status = client.answer().status;
    assert!(status == 414 || status == 431, "{status}");
}

#[test]
fn a_header_without_end_is_refused_when_the_limit_is_reached() {
    let service = Service::start(&[]);
    let mut client = service.connect();
    client.send(b"GET / HTTP/1.1\r\n");
    let line = [b'x'; 1024];
    // Refused at 16 KiB; a megabyte would be the service's memory.
    let mut sent = 0;
    while sent < 1024 && client.stream.write_all(&line).is_ok() {
        sent += 1;
    }
    // The answer can be lost when we still send; the service can't.
    if let Ok(answer) = client.try_answer() {
        assert_eq!(answer.status, 431);
    }
    assert_eq!(service.get("/good?ms=0").status, 200);
}

/// Sends a body of `length` bytes, announced or in chunks, all of it before anything
/// is read, as simple clients do.
fn put(service: &Service, length: usize, chunked: bool) -> (Client, u16) {
    let mut client = service.connect();
    let body = vec![b'x'; length];
    if chunked {
        client.send(&request(
            "PUT",
            "/cache/a",
            &["transfer-encoding: chunked"],
            b"",
        ));
        for chunk in body.chunks(10_000) {
            client.send(format!("{:x}\r\n", chunk.len()).as_bytes());
            client.send(chunk);
            client.send(b"\r\n");
        }
        client.send(b"0\r\n\r\n");
    } else {
        client.send(&request("PUT", "/cache/a", &[], &body));
    }
    let status = client.answer().status;
    (client, status)
}

#[test]
fn a_body_that_is_too_large_is_refused_and_the_client_gets_to_know() {
    let service = Service::start(&["--max-body", "100000"]);
    for chunked in [false, true] {
        // There is no Redis, and that is only said after the body is known.
        assert_eq!(put(&service, 100_000, chunked).1, 501, "chunked: {chunked}");
        assert_eq!(put(&service, 100_001, chunked).1, 413, "chunked: {chunked}");
        // More than the sockets hold: it is still being sent when it is refused.
        let (mut client, status) = put(&service, 30_000_000, chunked);
        assert_eq!(status, 413, "chunked: {chunked}");
        client.assert_closed();
    }
}

#[test]
fn a_client_that_asks_before_it_sends_a_large_body_is_told_no_at_once() {
    let service = Service::start(&["--max-body", "1000"]);
    let mut client = service.connect();
    client.send(
        b"PUT /nothing HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5000\r\n\r\n",
    );
    // Not "100 Continue": nobody is going to read it.
    assert_eq!(client.answer().status, 404);
}

#[test]
fn a_client_that_asks_before_it_sends_its_body_is_told_to_go_on() {
    let service = Service::start(&[]);
    let mut client = service.connect();
    client.send(
        b"PUT /cache/a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n",
    );
    assert_eq!(client.answer().status, 100);
    client.send(b"hello");
    assert_eq!(client.answer().status, 501);
}
