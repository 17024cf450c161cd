//! hyper over buzzer: HTTP/1 and HTTP/2, from hyper's own client and from curl.

#[path = "support/program.rs"]
mod program;

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream as StdStream};
use std::process::Command;

use buzzer::compat::hyper::{BuzzerExecutor, BuzzerTimer};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::task::spawn_blocking;
use buzzer::{gather, spawn};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::{http1 as client1, http2 as client2};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use program::folder_with;

type Body = BoxBody<Bytes, Infallible>;

const LARGE: usize = 4 * 1024 * 1024;

/// `/chunks` answers in chunks; anything else gives back its path, or its body.
async fn answer(request: Request<Incoming>) -> Result<Response<Body>, hyper::Error> {
    let path = request.uri().path().to_owned();
    if path == "/chunks" {
        let chunks = ["one ", "two ", "three"].map(|chunk| Ok(Frame::data(Bytes::from(chunk))));
        let chunks = StreamBody::new(stream::iter(chunks));
        return Ok(Response::new(BodyExt::boxed(chunks)));
    }
    let body = request.into_body().collect().await?.to_bytes();
    let body = if body.is_empty() {
        Bytes::from(path)
    } else {
        body
    };
    Ok(Response::new(Full::new(body).boxed()))
}

#[derive(Clone, Copy, PartialEq)]
enum Version {
    Http1,
    Http2,
}

/// Serves every connection until the runtime is dropped.
async fn serve(version: Version) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            spawn(async move {
                // A client that leaves in the middle is none of this server's business.
                let _ = match version {
                    Version::Http1 => {
                        let mut http = http1::Builder::new();
                        http.timer(BuzzerTimer::new()).pipeline_flush(true);
                        http.serve_connection(stream, service_fn(answer)).await
                    }
                    Version::Http2 => {
                        let mut http = http2::Builder::new(BuzzerExecutor::new());
                        http.timer(BuzzerTimer::new());
                        http.serve_connection(stream, service_fn(answer)).await
                    }
                };
            });
        }
    });
    address
}

fn request(address: SocketAddr, path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let uri = format!("http://{address}{path}");
    let request = Request::post(uri).header("host", "buzzer");
    request.body(Full::new(body.into())).unwrap()
}

async fn bytes_of(response: Response<Incoming>) -> Bytes {
    assert_eq!(response.status(), 200);
    response.into_body().collect().await.unwrap().to_bytes()
}

fn large() -> Bytes {
    (0..LARGE).map(|index| (index % 251) as u8).collect()
}

#[test]
fn a_connection_of_http1_is_kept_for_the_next_request() {
    buzzer::block_on(async {
        let address = serve(Version::Http1).await;
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) = client1::handshake(stream).await.unwrap();
        spawn(connection);
        for number in 0..100 {
            let path = format!("/{number}");
            sender.ready().await.unwrap();
            let response = sender.send_request(request(address, &path, "")).await;
            assert_eq!(bytes_of(response.unwrap()).await, path);
        }
        let chunks = sender
            .send_request(request(address, "/chunks", ""))
            .await
            .unwrap();
        assert_eq!(chunks.headers()["transfer-encoding"], "chunked");
        assert_eq!(bytes_of(chunks).await, "one two three");
        sender.ready().await.unwrap();
        let body = large();
        let response = sender
            .send_request(request(address, "/", body.clone()))
            .await;
        assert!(bytes_of(response.unwrap()).await == body);
    });
}

#[test]
fn pipelined_requests_and_chunked_bodies_are_answered_in_order() {
    buzzer::block_on(async {
        let address = serve(Version::Http1).await;
        let client = spawn_blocking(move || {
            let mut stream = StdStream::connect(address).unwrap();
            let mut requests = String::new();
            for number in 0..50 {
                requests += &format!("GET /{number}. HTTP/1.1\r\nhost: x\r\n\r\n");
            }
            requests += "POST /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                         transfer-encoding: chunked\r\n\r\n3\r\none\r\n4\r\n two\r\n0\r\n\r\n";
            stream.write_all(requests.as_bytes()).unwrap();
            let mut answers = String::new();
            stream.read_to_string(&mut answers).unwrap();
            answers
        });
        let answers = client.await.unwrap();
        let bodies: Vec<&str> = answers
            .split("HTTP/1.1 200 OK\r\n")
            .skip(1)
            .map(|answer| answer.split_once("\r\n\r\n").unwrap().1)
            .collect();
        let mut expected: Vec<String> = (0..50).map(|number| format!("/{number}.")).collect();
        expected.push(String::from("one two"));
        assert_eq!(bodies, expected);
    });
}

#[test]
fn a_hundred_streams_of_http2_share_one_connection() {
    buzzer::block_on(async {
        let address = serve(Version::Http2).await;
        let stream = TcpStream::connect(address).await.unwrap();
        let executor = BuzzerExecutor::new();
        let (sender, connection) = client2::handshake(executor, stream).await.unwrap();
        spawn(connection);
        gather((0..100).map(|number| {
            let mut sender = sender.clone();
            async move {
                // More than a window's worth, so that the streams have to take turns.
                let body = Bytes::from(number.to_string().repeat(100_000));
                sender.ready().await.unwrap();
                let response = sender
                    .send_request(request(address, "/", body.clone()))
                    .await;
                assert!(bytes_of(response.unwrap()).await == body);
            }
        }))
        .await;
        let mut sender = sender;
        let body = large();
        let response = sender
            .send_request(request(address, "/", body.clone()))
            .await;
        assert!(bytes_of(response.unwrap()).await == body);
        let mut chunks = sender
            .send_request(request(address, "/chunks", ""))
            .await
            .unwrap()
            .into_body()
            .into_data_stream();
        let mut text = Vec::new();
        while let Some(chunk) = chunks.next().await {
            text.extend_from_slice(&chunk.unwrap());
        }
        assert_eq!(text, b"one two three");
    });
}

#[test]
fn curl_is_served_over_both_versions() {
    let Some(folder) = folder_with(&["curl"], "curl", Vec::new()) else {
        return;
    };
    let curl = folder.join("curl");
    let version = Command::new(&curl).arg("--version").output();
    let version = version.expect("it can be started");
    let speaks_http2 = String::from_utf8_lossy(&version.stdout).contains("HTTP2");
    for (version, flag, expected) in [
        (Version::Http1, "--http1.1", "1.1"),
        (Version::Http2, "--http2-prior-knowledge", "2"),
    ] {
        if version == Version::Http2 && !speaks_http2 {
            let _ = writeln!(
                std::io::stderr(),
                "skipped HTTP/2: this curl does not speak it"
            );
            continue;
        }
        buzzer::block_on(async {
            let url = format!("http://{}", serve(version).await);
            // A run each: curl 7.88 fails when it uses a connection with prior knowledge
            // a second time (its pull request 10643).
            for (path, answer) in [("/one", "/one"), ("/chunks", "one two three")] {
                let (curl, url) = (curl.clone(), format!("{url}{path}"));
                let output = spawn_blocking(move || {
                    let mut curl = Command::new(curl);
                    curl.args(["--silent", "--show-error", "--noproxy", "*", flag]);
                    curl.args(["--write-out", "|%{http_version}", &url]);
                    curl.output().unwrap()
                });
                let output = output.await.unwrap();
                let said = String::from_utf8(output.stdout).unwrap();
                assert_eq!(said, format!("{answer}|{expected}"));
                assert!(output.status.success());
            }
        });
    }
}
