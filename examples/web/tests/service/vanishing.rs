//! Clients that vanish half-way: each leaves nothing behind.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use crate::service::{Client, PATIENCE, Service, request};

/// How a client goes.
#[derive(Clone, Copy, Debug)]
enum Exit {
    /// It closes its socket.
    Closes,
    /// It resets the connection.
    Resets,
    /// It says that it won't send any more, and closes when it is answered.
    StopsSending,
}

const EXITS: [Exit; 3] = [Exit::Closes, Exit::Resets, Exit::StopsSending];

/// Sends `bytes`, reads `read` bytes, and goes.
fn visit(service: &Service, bytes: &[u8], read: usize, exit: Exit) {
    let mut client = service.connect();
    client.send(bytes);
    let mut received = vec![0; read];
    client.stream.read_exact(&mut received).expect("it answers");
    leave(client, exit);
}

fn leave(mut client: Client, exit: Exit) {
    match exit {
        Exit::Closes => {}
        Exit::Resets => set_socket_linger(&client.stream, Some(Duration::ZERO)).expect("a socket"),
        Exit::StopsSending => {
            client.stream.shutdown(Shutdown::Write).expect("it is open");
            // Answered or not: the service closes, and does not wait for more.
            _ = client.stream.read_to_end(&mut Vec::new());
        }
    }
}

#[test]
fn a_request_that_was_cut_at_any_byte_is_forgotten() {
    let service = Service::start(&[]);
    let before = service.descriptors();
    let whole = request("PUT", "/cache/a", &["x: y"], b"hello");
    for length in 0..whole.len() {
        for exit in EXITS {
            visit(&service, &whole[..length], 0, exit);
        }
    }
    service.wait_for_descriptors(before);
    assert_eq!(service.get("/good?ms=0").status, 200);
}

#[test]
fn an_answer_that_nobody_waits_for_is_not_made() {
    // As far as the service's own times go, the other server, which never answers, is waited
    // for an hour.
    let service = Service::start(&["--fetch-time", "1h", "--request-time", "1h"]);
    let before = service.descriptors();
    let silent = TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
    let url = format!("http://{}", silent.local_addr().expect("it is bound"));
    let get = request("GET", &format!("/fetch?url={url}"), &[], b"");
    for exit in [Exit::Closes, Exit::Resets] {
        let mut client = service.connect();
        client.send(&get);
        let (mut fetched, _) = silent.accept().expect("it is asked");
        leave(client, exit);
        fetched.set_read_timeout(Some(PATIENCE)).expect("not zero");
        fetched.read_to_end(&mut Vec::new()).expect("it is left");
    }
    service.wait_for_descriptors(before);
}

#[test]
fn a_job_that_ends_when_its_client_is_gone_leaves_nothing() {
    let service = Service::start(&[]);
    let before = service.descriptors();
    for exit in [Exit::Closes, Exit::Resets] {
        let get = request("GET", "/threadpool?ms=1", &[], b"");
        visit(&service, &get, 0, exit);
    }
    service.wait_for_descriptors(before);
}

#[test]
fn an_answer_that_was_read_half_leaves_no_file_open() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("large"), vec![0; 64 * 1024 * 1024]).expect("ours");
    let path = folder.path().to_str().expect("text");
    let service = Service::start(&["--files", path]);
    let before = service.descriptors();
    let get = request("GET", "/file/large", &[], b"");
    for exit in [Exit::Closes, Exit::Resets] {
        visit(&service, &get, 1024, exit);
    }
    service.wait_for_descriptors(before);
}

#[test]
fn who_comes_and_goes_a_thousand_times_leaves_nothing() {
    let service = Service::start(&[]);
    let before = service.descriptors();
    let get = request("GET", "/good?ms=1", &[], b"");
    for round in 0..1000 {
        let mut client = service.connect();
        let length = round % get.len();
        client.stream.write_all(&get[..length]).expect("it is open");
        if round % 2 == 0 {
            set_socket_linger(&client.stream, Some(Duration::ZERO)).expect("a socket");
        }
    }
    assert_eq!(service.get("/good?ms=0").status, 200);
    service.wait_for_descriptors(before);
}
