//! HTTP/2, with hyper's client over buzzer.

use std::time::{Duration, Instant};

use buzzer::compat::hyper::BuzzerExecutor;
use buzzer::net::TcpStream;
use bytes::Bytes;
use futures::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{Request, StatusCode};
use tempfile::TempDir;

use crate::service::Service;

async fn connect(service: &Service) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(service.address)
        .await
        .expect("it listens");
    let handshake = http2::handshake(BuzzerExecutor::new(), stream).await;
    let (sender, connection) = handshake.expect("it speaks HTTP/2");
    buzzer::spawn(async move { _ = connection.await });
    sender
}

async fn get(mut sender: SendRequest<Full<Bytes>>, path: &str) -> (StatusCode, Bytes) {
    let request = Request::get(format!("http://service{path}"))
        .body(Full::default())
        .expect("a request");
    let response = sender.send_request(request).await.expect("an answer");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body");
    (status, body.to_bytes())
}

#[test]
fn a_hundred_requests_share_one_connection_and_its_time() {
    let service = Service::start(&["--max-connections", "1"]);
    let start = Instant::now();
    let answers = buzzer::block_on(async {
        let sender = connect(&service).await;
        join_all((0..100).map(|_| get(sender.clone(), "/good?ms=200"))).await
    });
    for (status, body) in answers {
        assert_eq!(
            (status, &body[..]),
            (StatusCode::OK, &b"awaited 200ms\n"[..])
        );
    }
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// A service whose folder has a file of more than the window of a stream: it can't send all of
/// it to who reads nothing.
fn with_a_large_file() -> (TempDir, Vec<u8>, Service) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let content = vec![b'x'; 3_000_001];
    std::fs::write(folder.path().join("large"), &content).expect("it is ours");
    let path = folder.path().to_str().expect("text");
    let service = Service::start(&["--files", path]);
    (folder, content, service)
}

#[test]
fn large_and_wrong_requests_leave_the_others_of_the_connection_alone() {
    let (_folder, content, service) = with_a_large_file();
    buzzer::block_on(async {
        let sender = connect(&service).await;
        let (large, missing, waited) = buzzer::gather!(
            get(sender.clone(), "/file/large"),
            get(sender.clone(), "/file/..%2fsecret"),
            get(sender.clone(), "/good?ms=50"),
        )
        .await;
        assert!(large.0 == StatusCode::OK && large.1 == content);
        assert_eq!(missing.0, StatusCode::FORBIDDEN);
        assert_eq!(&waited.1[..], b"awaited 50ms\n");
    });
}

#[test]
fn an_answer_that_nobody_reads_leaves_the_others_of_the_connection_alone() {
    let (_folder, content, service) = with_a_large_file();
    buzzer::block_on(async {
        let mut sender = connect(&service).await;
        let request = Request::get("http://service/file/large")
            .body(Full::default())
            .expect("a request");
        let unread = sender.send_request(request).await.expect("an answer");
        for _ in 0..3 {
            let (large, waited) = buzzer::gather!(
                get(sender.clone(), "/file/large"),
                get(sender.clone(), "/good?ms=50"),
            )
            .await;
            assert!(large.0 == StatusCode::OK && large.1 == content);
            assert_eq!(&waited.1[..], b"awaited 50ms\n");
        }
        let late = unread.into_body().collect().await.expect("a body");
        assert!(late.to_bytes() == content);
    });
}

#[test]
fn a_request_in_flight_is_answered_when_the_service_ends() {
    let mut service = Service::start(&[]);
    let pid = service.program.pid();
    let (status, body) = buzzer::block_on(async {
        let sender = connect(&service).await;
        let waiting = buzzer::spawn(get(sender.clone(), "/good?ms=500"));
        // Answered after the first one has begun, on the same connection.
        assert_eq!(get(sender.clone(), "/good?ms=0").await.0, StatusCode::OK);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        waiting.await.expect("it does not panic")
    });
    assert_eq!(
        (status, &body[..]),
        (StatusCode::OK, &b"awaited 500ms\n"[..])
    );
    assert!(service.program.wait().0.success());
}

#[test]
fn an_idle_connection_is_closed() {
    let service = Service::start(&["--idle-time", "200ms"]);
    let before = service.descriptors();
    buzzer::block_on(async {
        let sender = connect(&service).await;
        assert_eq!(get(sender.clone(), "/good?ms=0").await.0, StatusCode::OK);
        // A handler at work is no idling.
        assert_eq!(get(sender.clone(), "/good?ms=1000").await.0, StatusCode::OK);
        // `sender` keeps its end open.
        buzzer::task::spawn_blocking(move || {
            service.wait_for_descriptors(before);
        })
        .await
        .expect("it is closed");
        assert!(sender.is_closed());
    });
}

#[test]
fn a_body_that_is_too_large_is_refused_and_the_connection_goes_on() {
    let service = Service::start(&["--max-body", "100000"]);
    buzzer::block_on(async {
        let mut sender = connect(&service).await;
        for (length, status) in [(5_000_000, 413), (100_001, 413), (100_000, 501)] {
            let request = Request::put("http://service/cache/a")
                .body(Full::from(vec![b'x'; length]))
                .expect("a request");
            let response = sender.send_request(request).await.expect("an answer");
            assert_eq!(response.status(), status, "{length}");
        }
    });
}
