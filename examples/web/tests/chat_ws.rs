//! chat_ws: the server is the program as its user runs it; clients are the program,
//! and sockets of the tests' own.

#[path = "support/program.rs"]
mod program;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream as StdStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use async_tungstenite::tungstenite::Message;
use async_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use async_tungstenite::{WebSocketReceiver, WebSocketSender, client_async};
use buzzer::gather;
use buzzer::net::{TcpSocket, TcpStream};
use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use futures_rustls::TlsConnector;
use futures_rustls::client::TlsStream;
use futures_rustls::pki_types::pem::PemObject;
use futures_rustls::pki_types::{CertificateDer, ServerName};
use futures_rustls::rustls::crypto::ring;
use futures_rustls::rustls::{ClientConfig, RootCertStore};
use program::Program;
use rustix::process::Signal;

/// A chat server of a test's own.
struct Chat {
    program: Program,
    address: SocketAddr,
    certificate: PathBuf,
}

impl Chat {
    /// Starts it, and reads where it is as a user would.
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chat_ws"));
        let mut program = Program::start("chat_ws", &mut command, Signal::TERM);
        let mut word_after = |sign: &str| {
            let line = program.line_with(sign).expect("it starts");
            let mut words = line.split(sign).nth(1).unwrap().split_whitespace();
            words.next().unwrap().to_owned()
        };
        let address = word_after("The chat is at wss://").parse().unwrap();
        let certificate = word_after("--certificate ").into();
        Self {
            program,
            address,
            certificate,
        }
    }

    fn url(&self) -> String {
        format!("wss://{}", self.address)
    }

    /// Joins, and waits for the welcome.
    async fn join(&self, name: &str) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let mut client = self.join_over(stream, name).await;
        let welcome = client.hear().await;
        assert!(
            welcome.starts_with(&format!("* Welcome, {name}.")),
            "{welcome}"
        );
        client
    }

    async fn join_over(&self, stream: TcpStream, name: &str) -> Client {
        let stream = self.tls(stream).await;
        let (socket, _) = client_async("wss://localhost", stream).await.unwrap();
        let (sender, receiver) = socket.split();
        let mut client = Client { sender, receiver };
        client.say(name).await;
        client
    }

    async fn tls(&self, stream: TcpStream) -> TlsStream<TcpStream> {
        let mut trusted = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(&self.certificate).unwrap();
        trusted.add(certificate).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(trusted)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        connector.connect(name, stream).await.unwrap()
    }
}

struct Client {
    sender: WebSocketSender<TlsStream<TcpStream>>,
    receiver: WebSocketReceiver<TlsStream<TcpStream>>,
}

impl Client {
    async fn say(&mut self, line: &str) {
        self.sender.send(Message::text(line)).await.unwrap();
    }

    async fn hear(&mut self) -> String {
        match self.receiver.next().await.unwrap().unwrap() {
            Message::Text(line) => line.as_str().to_owned(),
            other => panic!("not a line: {other:?}"),
        }
    }

    async fn hear_exactly(&mut self, lines: &[&str]) {
        for line in lines {
            assert_eq!(&self.hear().await, line);
        }
    }

    /// How the server closes, after what there still is to hear.
    async fn closed(&mut self) -> (CloseCode, String) {
        let mut closed = None;
        // The end of the stream shows that the closing handshake came to its end.
        while let Some(message) = self.receiver.next().await {
            if let Message::Close(frame) = message.unwrap() {
                closed = frame;
            }
        }
        let frame = closed.expect("it says why it closes");
        (frame.code, frame.reason.as_str().to_owned())
    }

    async fn leave(mut self) {
        self.sender.close(None).await.unwrap();
        while self.receiver.next().await.is_some() {}
    }
}

/// Runs the program as a client to its end, with `input` typed in.
fn client(url: &str, certificate: &Path, name: &str, input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chat_ws"));
    command.args(["--client", url, "--name", name, "--certificate"]);
    command.arg(certificate).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut typed = child.stdin.take().unwrap();
    // It may end before it has read everything.
    let _ = typed.write_all(input.as_bytes());
    drop(typed);
    child.wait_with_output().unwrap()
}

fn in_text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_thousand_lines_arrive_in_order_at_every_client() {
    let chat = Chat::start();
    buzzer::block_on(async {
        let mut speaker = chat.join("Ada").await;
        let mut listeners = Vec::new();
        for name in ["Grace", "Edsger", "Barbara"] {
            listeners.push(chat.join(name).await);
            for earlier in listeners.iter_mut().rev().skip(1) {
                earlier
                    .hear_exactly(&[&format!("* {name} has joined.")])
                    .await;
            }
        }
        let speak = async {
            for number in 0..1000 {
                speaker.say(&format!("line {number}")).await;
            }
        };
        let listen = gather(listeners.iter_mut().map(async |listener| {
            for number in 0..1000 {
                assert_eq!(listener.hear().await, format!("Ada: line {number}"));
            }
        }));
        gather!(speak, listen).await;
        // And nothing else: the next that anyone hears is who leaves.
        listeners.pop().unwrap().leave().await;
        for listener in &mut listeners {
            listener.hear_exactly(&["* Barbara has left."]).await;
        }
        let [joined, left] = ["has joined.", "has left."];
        speaker
            .hear_exactly(&[
                &format!("* Grace {joined}"),
                &format!("* Edsger {joined}"),
                &format!("* Barbara {joined}"),
                &format!("* Barbara {left}"),
            ])
            .await;
    });
}

#[test]
fn a_thousand_lines_typed_into_the_client_program_arrive_in_order() {
    let chat = Chat::start();
    let input: String = (0..1000).map(|number| format!("line {number}\n")).collect();
    buzzer::block_on(async {
        let mut listener = chat.join("Grace").await;
        let (url, certificate) = (chat.url(), chat.certificate.clone());
        let typing =
            buzzer::task::spawn_blocking(move || client(&url, &certificate, "Ada", &input));
        listener.hear_exactly(&["* Ada has joined."]).await;
        for number in 0..1000 {
            assert_eq!(listener.hear().await, format!("Ada: line {number}"));
        }
        listener.hear_exactly(&["* Ada has left."]).await;
        let output = typing.await.unwrap();
        assert_eq!(in_text(&output.stderr), "");
        assert_eq!(
            in_text(&output.stdout),
            "* Welcome, Ada. Here are: Grace.\n"
        );
        assert!(output.status.success());
    });
}

#[test]
fn all_hear_the_same_lines_in_the_same_order() {
    let chat = Chat::start();
    buzzer::block_on(async {
        let (mut one, mut two) = (chat.join("one").await, chat.join("two").await);
        one.hear_exactly(&["* two has joined."]).await;
        let speak = gather(["A", "B", "C"].map(async |name| {
            let mut speaker = chat.join(name).await;
            for number in 0..100 {
                speaker.say(&number.to_string()).await;
            }
            speaker // Leaves when all are done.
        }));
        let listen = gather([&mut one, &mut two].map(async |listener| {
            let mut heard = Vec::new();
            for _ in 0..303 {
                heard.push(listener.hear().await);
            }
            heard
        }));
        let (_speakers, heard) = gather!(speak, listen).await;
        assert_eq!(heard[0], heard[1]);
        for name in ["A", "B", "C"] {
            let mut expected = vec![format!("* {name} has joined.")];
            expected.extend((0..100).map(|number| format!("{name}: {number}")));
            let of_name = heard[0].iter().filter(|line| line.contains(name));
            assert!(of_name.eq(&expected), "{:?}", heard[0]);
        }
    });
}

#[test]
fn who_vanishes_has_left_and_the_others_go_on() {
    let chat = Chat::start();
    buzzer::block_on(async {
        let (mut ada, grace) = (chat.join("Ada").await, chat.join("Grace").await);
        drop(grace); // Closes the socket without a word.
        ada.hear_exactly(&["* Grace has joined.", "* Grace has left."])
            .await;
        // Her name is free again.
        let mut grace = chat.join("Grace").await;
        ada.hear_exactly(&["* Grace has joined."]).await;
        ada.say("welcome back").await;
        grace.hear_exactly(&["Ada: welcome back"]).await;
    });
}

#[test]
fn who_does_not_read_is_sent_out_and_holds_nobody_up() {
    let chat = Chat::start();
    buzzer::block_on(async {
        let (mut ada, mut grace) = (chat.join("Ada").await, chat.join("Grace").await);
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(chat.address).await.unwrap();
        let _never_reads = chat.join_over(stream, "Slow").await;
        ada.hear_exactly(&["* Grace has joined.", "* Slow has joined."])
            .await;
        grace.hear_exactly(&["* Slow has joined."]).await;

        let line = "x".repeat(4096);
        let heard = format!("Ada: {line}");
        let mut lines = 0;
        loop {
            ada.say(&line).await;
            lines += 1;
            match grace.hear().await {
                next if next == heard => {}
                next => {
                    assert_eq!(next, "* Slow was too slow, and has left.");
                    break;
                }
            }
        }
        // The line said after that one was passed on too.
        grace.hear_exactly(&[&heard]).await;
        assert!(
            lines > 256,
            "{lines} lines are no more than the queue holds"
        );
        ada.hear_exactly(&["* Slow was too slow, and has left."])
            .await;
        // The name is free, although the slow one's connection may still be there.
        chat.join("Slow").await.leave().await;
        grace
            .hear_exactly(&["* Slow has joined.", "* Slow has left."])
            .await;
    });
}

#[test]
fn who_breaks_the_rules_is_told_which() {
    let chat = Chat::start();
    buzzer::block_on(async {
        let mut ada = chat.join("Ada").await;
        for name in ["", "  ", "two\nlines", "a name of many characters"] {
            let stream = TcpStream::connect(chat.address).await.unwrap();
            let mut refused = chat.join_over(stream, name).await;
            let (code, reason) = refused.closed().await;
            assert_eq!(code, CloseCode::Policy, "{name:?}");
            assert!(
                reason.starts_with("a name is 1 to 24 characters"),
                "{reason}"
            );
        }
        let stream = TcpStream::connect(chat.address).await.unwrap();
        let closed = chat.join_over(stream, "Ada").await.closed().await;
        assert_eq!(closed, (CloseCode::Policy, "that name is taken".to_owned()));

        let mut grace = chat.join("Grace").await;
        // So long that some of it is still on its way when the server closes.
        let line = Message::text("x".repeat(1 << 20));
        grace.sender.send(line).await.unwrap();
        let closed = grace.closed().await;
        assert_eq!(
            closed,
            (CloseCode::Size, "a line has 4096 bytes at most".to_owned())
        );

        let mut grace = chat.join("Grace").await;
        grace
            .sender
            .send(Message::binary(vec![1, 2, 3]))
            .await
            .unwrap();
        let closed = grace.closed().await;
        assert_eq!(
            closed,
            (CloseCode::Unsupported, "only text is passed on".to_owned())
        );

        let [joined, left] = ["* Grace has joined.", "* Grace has left."];
        ada.hear_exactly(&[joined, left, joined, left]).await;
    });
}

#[test]
fn a_certificate_that_is_not_the_servers_is_refused() {
    let (chat, other) = (Chat::start(), Chat::start());
    let output = client(&chat.url(), &other.certificate, "Ada", "");
    let error = format!(
        "chat_ws: {}: no TLS: invalid peer certificate: ",
        chat.url()
    );
    assert!(in_text(&output.stderr).starts_with(&error), "{output:?}");
    assert_eq!(output.status.code(), Some(1));
    // The server goes on.
    let output = client(&chat.url(), &chat.certificate, "Ada", "");
    assert_eq!(in_text(&output.stderr), "");
    assert!(output.status.success());
}

#[test]
fn what_is_no_tls_does_no_harm() {
    let mut chat = Chat::start();
    for bytes in [
        &b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..],
        &[0; 100_000],
        &[0x16, 0x03, 0x01, 0xff, 0xff], // A record's head, and no record.
        &[],
    ] {
        let mut stream = StdStream::connect(chat.address).unwrap();
        // Refused while it still comes in, some of it.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
        chat.program.line_with("was not let in: no TLS").unwrap();
    }
    buzzer::block_on(async {
        let mut ada = chat.join("Ada").await;
        let grace = chat.join("Grace").await;
        ada.hear_exactly(&["* Grace has joined."]).await;
        grace.leave().await;
        ada.hear_exactly(&["* Grace has left."]).await;
    });
}

#[test]
fn what_is_no_websocket_within_tls_is_refused() {
    let mut chat = Chat::start();
    for request in ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\r\n\r\n", ""] {
        buzzer::block_on(async {
            let stream = TcpStream::connect(chat.address).await.unwrap();
            let mut stream = chat.tls(stream).await;
            stream.write_all(request.as_bytes()).await.unwrap();
            stream.close().await.unwrap();
            let mut answer = Vec::new();
            // Whether it gets an answer, and ends with TLS's own farewell, is the
            // library's matter.
            let _ = stream.read_to_end(&mut answer).await;
            assert!(!answer.starts_with(b"HTTP/1.1 101"), "{answer:?}");
        });
        let sign = "was not let in: no WebSocket";
        chat.program.line_with(sign).unwrap();
    }
    buzzer::block_on(async { chat.join("Ada").await.leave().await });
}

#[test]
fn asked_to_end_the_server_closes_with_all_and_leaves_nothing() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut chat = Chat::start();
        buzzer::block_on(async {
            let (mut ada, mut grace) = (chat.join("Ada").await, chat.join("Grace").await);
            // These two have not come in yet, and are not waited for.
            let silent = TcpStream::connect(chat.address).await.unwrap();
            let nameless = TcpStream::connect(chat.address).await.unwrap();
            let nameless = chat.tls(nameless).await;
            ada.say("last words").await;
            grace.hear_exactly(&["Ada: last words"]).await;
            chat.program.signal(signal);
            let ended = (CloseCode::Away, "the chat has ended".to_owned());
            assert_eq!(
                gather!(ada.closed(), grace.closed()).await,
                (ended.clone(), ended)
            );
            drop((silent, nameless));
        });
        let (status, log) = chat.program.wait();
        assert_eq!(status.code(), Some(0), "{log:?}");
        assert!(
            log.contains(&"The chat has ended; all have left.".to_owned()),
            "{log:?}"
        );
        assert!(StdStream::connect(chat.address).is_err());
        assert!(!chat.certificate.parent().unwrap().exists());
    }
}

#[test]
fn the_client_program_says_when_the_chat_ends() {
    let mut chat = Chat::start();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chat_ws"));
    command.args(["--client", &chat.url(), "--name", "Ada", "--certificate"]);
    command.arg(&chat.certificate);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    chat.program.line_with(" is Ada").unwrap();
    assert!(chat.program.stop().success());
    let output = child.wait_with_output().unwrap();
    let lines = "* Welcome, Ada. Nobody else is here yet.\n* the chat has ended.\n";
    assert_eq!(in_text(&output.stdout), lines);
    assert!(output.status.success());
}

#[test]
fn mistakes_are_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let empty = empty.to_str().expect("a temporary path is UTF-8");
    let joining = |url, file| vec!["--client", url, "--certificate", file, "--name", "Ada"];
    for (arguments, error) in [
        (
            vec!["--listen", "nowhere"],
            "chat_ws: \"nowhere\" is no socket address",
        ),
        (vec!["--listen", &address], "Address already in use"),
        (
            vec!["--certificate", "/proc/chat.pem"],
            "chat_ws: can't write the certificate to /proc",
        ),
        (
            joining("http://localhost", empty),
            "chat_ws: http://localhost: a URL such as wss://",
        ),
        (
            joining("wss://localhost", "/nowhere.pem"),
            "chat_ws: /nowhere.pem has no certificate: ",
        ),
        (
            joining("wss://localhost", empty),
            "has no certificate: no items found",
        ),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chat_ws"));
        let output = command.args(&arguments).output().unwrap();
        let stderr = in_text(&output.stderr);
        assert!(stderr.contains(error), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    }
}
