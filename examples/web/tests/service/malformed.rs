//! Requests that are none: each is refused, and its connection closed, so that
//! nothing that follows on it is taken for a request.

use crate::service::{Service, request};

/// What would be answered with 200 if it were taken for a request of its own.
const SMUGGLED: &str = "GET /good?ms=0 HTTP/1.1\r\nhost: x\r\n\r\n";

#[test]
fn what_is_no_request_is_refused_and_nothing_after_it_is_read() {
    let service = Service::start(&[]);
    for wrong in [
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP\r\n\r\n",
        "GET / HTTP/3.1\r\n\r\n",
        "GET  /good HTTP/1.1\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "G\0T /good HTTP/1.1\r\n\r\n",
        "GET /good HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /good HTTP/1.1\r\n: no name\r\n\r\n",
        "GET /good HTTP/1.1\r\na name: x\r\n\r\n",
        "GET /good HTTP/1.1\r\nname : x\r\n\r\n",
        "GET /good HTTP/1.1\r\nname: \0\r\n\r\n",
        "GET /good HTTP/1.1\r\nname: x\r\n folded\r\n\r\n",
        "GET /good HTTP/1.1\r\nname: a\rb\r\n\r\n",
        "POST /items HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        "POST /items HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        "POST /items HTTP/1.1\r\ncontent-length: +1\r\n\r\n",
        "POST /items HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "POST /items HTTP/1.1\r\ncontent-length: 1, 2\r\n\r\n",
        "POST /items HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
        "POST /items HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n",
        "POST /items HTTP/1.1\r\ntransfer-encoding: chunked, gzip\r\n\r\n",
        "POST /items HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\r\n\r\n", // TLS
    ] {
        let mut client = service.connect();
        client.send(format!("{wrong}{SMUGGLED}").as_bytes());
        let answer = client.answer();
        assert_eq!(answer.status, 400, "{wrong:?}");
        client.assert_closed();
    }
    assert_eq!(service.get("/good?ms=0").status, 200);
}

#[test]
fn of_a_length_and_a_chunked_body_the_chunks_count_and_the_connection_ends() {
    // RFC 9112, 6.1: refuse, or do this. Whoever in front of us believes the length
    // would otherwise hide a second request in the body.
    let service = Service::start(&[]);
    for headers in [
        "content-length: 5\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 5",
        "content-length: 500\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 0",
    ] {
        let mut client = service.connect();
        let head = format!("PUT /cache/a HTTP/1.1\r\nhost: x\r\n{headers}\r\n\r\n");
        client.send(format!("{head}0\r\n\r\n{SMUGGLED}").as_bytes());
        // The service has no Redis: it says so, which shows that it took the request.
        assert_eq!(client.answer().status, 501, "{headers:?}");
        client.assert_closed();
    }
}

#[test]
fn a_broken_chunk_is_refused_and_ends_the_connection() {
    let service = Service::start(&[]);
    for chunks in [
        "x\r\n",
        "-1\r\n",
        "5\r\nabcdefgh\r\n0\r\n\r\n",
        "1\rx",
        "fffffffffffffffff\r\n",
        " 5\r\nabcde\r\n0\r\n\r\n",
        "0x5\r\nabcde\r\n0\r\n\r\n",
    ] {
        let mut client = service.connect();
        client.send(&request(
            "PUT",
            "/cache/a",
            &["transfer-encoding: chunked"],
            b"",
        ));
        client.send(format!("{chunks}{SMUGGLED}").as_bytes());
        assert_eq!(client.answer().status, 400, "{chunks:?}");
        client.assert_closed();
    }
}

#[test]
fn bodies_that_are_no_items_are_refused_by_what_is_wrong() {
    let service = Service::start(&[]);
    let json = "content-type: application/json";
    for (header, body, status) in [
        (json, "", 400),
        (json, "{", 400),
        (json, "{\"name\": \"a\"}}", 400),
        (json, "\u{feff}{}", 400),
        (json, "{}", 422),
        (json, "[]", 422),
        (json, "{\"name\": 1}", 422),
        (json, "{\"name\": \"a\", \"price\": 1}", 422),
        ("content-type: text/plain", "{\"name\": \"a\"}", 415),
        ("accept: */*", "{\"name\": \"a\"}", 415),
        // Right, but there is no database.
        (json, "{\"name\": \"a\"}", 501),
    ] {
        let mut client = service.connect();
        client.send(&request("POST", "/items", &[header], body.as_bytes()));
        assert_eq!(client.answer().status, status, "{header} {body}");
    }
}

#[test]
fn bytes_at_random_never_hurt_the_service() {
    let service = Service::start(&[]);
    let before = service.descriptors();
    // A fixed sequence that looks random (xorshift), so that a failure repeats.
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let valid = request(
        "PUT",
        "/cache/a",
        &["x: y", "transfer-encoding: chunked"],
        b"",
    );
    for round in 0..300 {
        let mut bytes = [&valid[..], b"5\r\nhello\r\n0\r\n\r\n"].concat();
        for _ in 0..=round % 8 {
            let at = next() as usize % bytes.len();
            bytes[at] = next() as u8;
        }
        let mut client = service.connect();
        client.send(&bytes);
        // That is all there is: what waits for more may not wait for ever.
        _ = client.stream.shutdown(std::net::Shutdown::Write);
        if let Ok(answer) = client.try_answer() {
            assert!((400..=501).contains(&answer.status), "{answer:?}");
        }
    }
    assert_eq!(service.get("/good?ms=0").status, 200);
    service.wait_for_descriptors(before);
}
