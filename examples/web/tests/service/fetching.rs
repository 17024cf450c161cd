//! `/fetch?url=`: what it asks, what it hands on, and what it refuses.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use crate::service::Service;

/// A server that answers one request with `answer`, and says what it was asked.
fn answering(answer: &'static [u8]) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
    let address = listener.local_addr().expect("it is bound");
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("someone asks");
        let mut asked = Vec::new();
        let mut byte = [0];
        while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("a request") > 0 {
            asked.push(byte[0]);
        }
        // It may have heard enough before it has all.
        _ = stream.write_all(answer);
        String::from_utf8(asked).expect("a request is text")
    });
    (address, server)
}

#[test]
fn status_kind_and_content_are_handed_on() {
    let service = Service::start(&[]);
    let (address, server) = answering(
        b"HTTP/1.1 418 I'm a teapot\r\ncontent-type: text/tea\r\nset-cookie: a=b\r\n\
          content-length: 6\r\n\r\nno tea",
    );
    let answer = service.get(&format!("/fetch?url=http://{address}/pot%3Fsize=2"));
    assert_eq!((answer.status, answer.text()), (418, "no tea"));
    assert_eq!(answer.header("content-type"), Some("text/tea"));
    // That is between the other server and whoever it thinks it talks to.
    assert_eq!(answer.header("set-cookie"), None);
    let asked = server.join().expect("it answered");
    assert!(asked.starts_with("GET /pot?size=2 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("host: {address}\r\n")), "{asked}");
}

#[test]
fn a_chunked_answer_arrives_whole() {
    let service = Service::start(&[]);
    let (address, _server) = answering(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\none \r\n8\r\nespresso\r\n0\r\n\r\n",
    );
    let answer = service.get(&format!("/fetch?url=http://{address}"));
    assert_eq!((answer.status, answer.text()), (200, "one espresso"));
    assert_eq!(answer.header("content-type"), None);
}

#[test]
fn redirects_are_handed_on_and_not_followed() {
    let service = Service::start(&[]);
    let (address, _server) = answering(
        b"HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\n\r\n",
    );
    let answer = service.get(&format!("/fetch?url=http://{address}/"));
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("location"), Some("http://192.0.2.1/"));
}

#[test]
fn it_can_ask_the_service_itself() {
    let service = Service::start(&[]);
    let address = service.address;
    let answer = service.get(&format!("/fetch?url=http://{address}/good%3Fms=10"));
    assert_eq!((answer.status, answer.text()), (200, "awaited 10ms\n"));
}

#[test]
fn what_is_no_plain_http_url_is_refused() {
    let service = Service::start(&[]);
    for url in [
        "",
        "x",
        "/good",
        "localhost",
        "https://127.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://",
        "http:///good",
        "http://user@127.0.0.1/",
        "http://user:password@127.0.0.1/",
        "http://127.0.0.1:x/",
        "http://127.0.0.1/%0d%0ax:y%20",
        "gopher://127.0.0.1",
    ] {
        let answer = service.get(&format!("/fetch?url={url}"));
        assert!(
            answer.status == 400 || answer.status == 502,
            "{url}: {answer:?}"
        );
        assert_ne!(answer.text(), "", "{url}");
    }
    assert_eq!(service.get("/fetch").status, 400);
}

#[test]
fn a_port_that_is_none_is_refused_and_not_taken_for_another() {
    let service = Service::start(&[]);
    for port in ["0", "00", "99999", "65536", "%2B8080", "-1"] {
        let answer = service.get(&format!("/fetch?url=http://127.0.0.1:{port}/"));
        assert_eq!(answer.status, 400, "{port}: {answer:?}");
        assert!(answer.text().starts_with("url: "), "{port}: {answer:?}");
    }
}

#[test]
fn only_loopback_addresses_are_asked() {
    let service = Service::start(&[]);
    for host in [
        // For documentation, so nobody's: RFC 5737 and RFC 3849.
        "192.0.2.1",
        "[2001:db8::1]",
        "[::ffff:192.0.2.1]",
        // Link-local, where clouds keep their secrets; private; and "this host",
        // which Linux connects to loopback.
        "169.254.169.254",
        "10.0.0.1",
        "0.0.0.0",
        "[::]",
        "[::ffff:0.0.0.0]",
    ] {
        let answer = service.get(&format!(
            "/fetch?url=http://{host}:{}/",
            service.address.port()
        ));
        assert_eq!(answer.status, 403, "{host}: {answer:?}");
    }
    // All of 127.0.0.0/8 is loopback, in both ways to write it.
    for host in ["127.0.0.2", "[::ffff:127.0.0.1]", "localhost"] {
        let port = service.address.port();
        let answer = service.get(&format!("/fetch?url=http://{host}:{port}/good%3Fms=0"));
        assert_ne!(answer.status, 403, "{host}: {answer:?}");
    }
}

#[test]
fn nobody_there_and_nonsense_are_bad_gateways() {
    let service = Service::start(&[]);
    let free = TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    assert_eq!(
        service.get(&format!("/fetch?url=http://{address}")).status,
        502
    );
    for nonsense in [
        &b"SSH-2.0-OpenSSH\r\n\r\n"[..],
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
    ] {
        let (address, _server) = answering(nonsense);
        let answer = service.get(&format!("/fetch?url=http://{address}"));
        assert_eq!(answer.status, 502, "{nonsense:?}: {answer:?}");
    }
}

#[test]
fn an_answer_that_is_too_large_is_refused() {
    const TOO_LARGE: &[u8] = &{
        let mut answer = [b'x'; 1024 * 1024 + 64];
        let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
        let mut at = 0;
        while at < head.len() {
            answer[at] = head[at];
            at += 1;
        }
        answer
    };
    let service = Service::start(&[]);
    let (address, _server) = answering(TOO_LARGE);
    let answer = service.get(&format!("/fetch?url=http://{address}"));
    assert_eq!(answer.status, 502);
    assert_eq!(answer.text(), "the answer has more than 1048576 bytes\n");
}

#[test]
fn a_server_that_never_answers_is_given_up_and_left() {
    let service = Service::start(&["--fetch-time", "200ms"]);
    let silent = TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
    let address = silent.local_addr().expect("it is bound");
    let before = service.descriptors();
    let start = Instant::now();
    let answer = service.get(&format!("/fetch?url=http://{address}"));
    assert_eq!(answer.status, 504);
    assert!(start.elapsed() >= Duration::from_millis(200));
    // And the connection to it is closed.
    let (mut stream, _) = silent.accept().expect("it was asked");
    let mut asked = String::new();
    stream.read_to_string(&mut asked).expect("it was left");
    assert!(asked.starts_with("GET / "));
    service.wait_for_descriptors(before);
}

#[test]
fn with_the_flag_any_host_may_be_asked() {
    let service = Service::start(&["--allow-any-host"]);
    // Connects to this machine, and is not loopback by its number.
    let port = service.address.port();
    let answer = service.get(&format!("/fetch?url=http://0.0.0.0:{port}/good%3Fms=0"));
    assert_eq!((answer.status, answer.text()), (200, "awaited 0ns\n"));
}
