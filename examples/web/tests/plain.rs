//! plain: the guest book as its user runs it, and plain requests to it.

#[path = "support/program.rs"]
mod program;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;

use program::Program;
use rustix::process::Signal;

/// A guest book of a test's own.
struct Book {
    program: Program,
    address: String,
}

impl Book {
    fn open() -> Self {
        Self::open_with(&[])
    }

    fn open_with(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plain"));
        command.args(arguments);
        let mut program = Program::start("plain", &mut command, Signal::TERM);
        let line = program.line_with("The guest book is at http://").unwrap();
        let (_, address) = line.split_once("http://").unwrap();
        let address = address.to_owned();
        Self { program, address }
    }

    /// Asks on a connection of its own; gives status, header and body.
    fn ask(&self, request: &str, body: &[u8]) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{request} HTTP/1.1\r\nhost: book\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n"
        )
        .unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), body.to_owned())
    }

    fn sign(&self, entry: &[u8]) -> (u16, String) {
        let (status, _, body) = self.ask("POST /", entry);
        (status, body)
    }

    fn read(&self) -> String {
        let (status, _, body) = self.ask("GET /", b"");
        assert_eq!(status, 200);
        body
    }
}

#[test]
fn visitors_are_counted_and_their_entries_kept_in_order() {
    let mut book = Book::open();
    assert_eq!(book.read(), "You are visit number 1.\n");
    assert_eq!(book.sign(b"Ada was here"), (201, "Thank you.\n".to_owned()));
    assert_eq!(book.sign("Grace, too \u{2615}\n".as_bytes()).0, 201);
    let text = "You are visit number 4.\n- Ada was here\n- Grace, too \u{2615}\n";
    assert_eq!(book.read(), text);
    let (status, head, body) = book.ask("HEAD /", b"");
    assert_eq!((status, body.as_str()), (200, ""));
    assert!(
        head.contains("content-type: text/plain; charset=utf-8"),
        "{head}"
    );
    assert!(book.program.stop().success());
    let last = book.program.log().last().unwrap();
    assert_eq!(last, "Closed. Visits: 5, entries: 2.");
}

#[test]
fn what_is_no_entry_is_refused_and_the_book_stays_as_it_was() {
    let book = Book::open();
    let long = vec![b'x'; 1001];
    for (entry, status, why) in [
        (&b""[..], 400, "an entry has a word at least\n"),
        (b" \n ", 400, "an entry has a word at least\n"),
        (b"\xff\xfe", 400, "an entry is UTF-8 text\n"),
        (&long, 413, "an entry has 1000 bytes at most\n"),
    ] {
        assert_eq!(book.sign(entry), (status, why.to_owned()));
    }
    assert_eq!(book.sign(&long[1..]).0, 201);
    assert_eq!(book.sign(b"one\r\n- two\x1b[31m").0, 201);
    let entry = "x".repeat(1000);
    let text = format!("You are visit number 7.\n- {entry}\n- one  - two [31m\n");
    assert_eq!(book.read(), text);
}

#[test]
fn what_is_not_there_and_what_is_not_done_to_it_are_told_so() {
    let book = Book::open();
    let (status, _, body) = book.ask("GET /other", b"");
    assert_eq!((status, body.as_str()), (404, "there is only /\n"));
    let (status, head, _) = book.ask("DELETE /", b"");
    assert_eq!(status, 405);
    assert!(head.contains("allow: GET, HEAD, POST"), "{head}");
}

#[test]
fn many_visitors_at_once_are_all_counted_and_the_oldest_entries_make_room() {
    let book = Book::open();
    thread::scope(|scope| {
        for visitor in 0..10 {
            let book = &book;
            scope.spawn(move || {
                for entry in 0..15 {
                    let entry = format!("{visitor}: {entry}");
                    assert_eq!(book.sign(entry.as_bytes()).0, 201);
                }
            });
        }
    });
    let text = book.read();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("You are visit number 151."));
    assert_eq!(lines.clone().count(), 100);
    // Each visitor's entries are the latest of his, in his order.
    for visitor in 0..10 {
        let sign = format!("- {visitor}: ");
        let entries = lines.clone().filter_map(|line| line.strip_prefix(&sign));
        let entries: Vec<usize> = entries.map(|entry| entry.parse().unwrap()).collect();
        let expected: Vec<usize> = (15 - entries.len()..15).collect();
        assert_eq!(entries, expected, "{text}");
    }
}

#[test]
fn a_signer_who_dawdles_holds_nobody_up() {
    let book = Book::open();
    let mut slow = TcpStream::connect(&book.address).unwrap();
    slow.write_all(b"POST / HTTP/1.1\r\nhost: book\r\ncontent-length: 4\r\n\r\nsl")
        .unwrap();
    assert_eq!(book.sign(b"quick").0, 201);
    slow.write_all(b"ow").unwrap();
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 201");
    assert_eq!(book.read(), "You are visit number 3.\n- quick\n- slow\n");
}

#[test]
fn a_signer_who_does_not_come_to_an_end_is_let_go() {
    let book = Book::open_with(&["--entry-time", "200ms"]);
    let mut stream = TcpStream::connect(&book.address).unwrap();
    let half = b"POST / HTTP/1.1\r\nhost: book\r\ncontent-length: 9\r\n\r\nAda";
    stream.write_all(half).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.ends_with("\r\n\r\nan entry has 200ms to arrive\n"),
        "{answer}"
    );
    assert_eq!(book.read(), "You are visit number 2.\n");
}

#[test]
fn a_place_that_is_taken_is_named() {
    let book = Book::open();
    let mut command = Command::new(env!("CARGO_BIN_EXE_plain"));
    let output = command.args(["--listen", &book.address]).output().unwrap();
    let error = format!("plain: bind {}: Address already in use", book.address);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with(&error), "{stderr}");
    assert_eq!((stderr.lines().count(), output.status.code()), (1, Some(1)));
}
