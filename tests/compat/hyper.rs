//! hyper serves and asks over our sockets, tasks and timers.

#[path = "../support/counting.rs"]
mod counting;
#[path = "../support/paused.rs"]
mod paused;

use std::cell::Cell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::Context;

use buzzer::compat::hyper::{BuzzerExecutor, BuzzerTimer};
use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::task::yield_now;
use buzzer::time::{Duration, Instant};
use bytes::Bytes;
use counting::Count;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::rt::{Executor, Timer, Write};
use hyper::service::service_fn;
use hyper::{Request, Response, client, server};
use paused::paused;

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Answers with the request's body and the number of requests so far. It is not
/// `Send`, as nothing on a single thread need be.
async fn echo(
    served: Rc<Cell<u32>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    served.set(served.get() + 1);
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let response = Response::builder().header("served", served.get());
    Ok(response.body(Full::new(body)).unwrap())
}

async fn answer_of(
    response: impl Future<Output = hyper::Result<Response<Incoming>>>,
) -> (String, Bytes) {
    let response = response.await.unwrap();
    let served = response.headers()["served"].to_str().unwrap().to_owned();
    let body = response.into_body().collect().await.unwrap();
    (served, body.to_bytes())
}

fn request(body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let request = Request::builder().uri("/").header("host", "buzzer");
    request.body(Full::new(body.into())).unwrap()
}

#[test]
fn http1_serves_requests_on_one_connection_with_a_service_that_is_not_send() {
    buzzer::block_on(async {
        let (listener, address) = listen().await;
        let served = Rc::new(Cell::new(0));
        let counter = served.clone();
        let server = buzzer::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service_fn(|request| echo(counter.clone(), request));
            let mut http = server::conn::http1::Builder::new();
            http.timer(BuzzerTimer::new());
            http.serve_connection(stream, service).await
        });
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) = client::conn::http1::handshake(stream).await.unwrap();
        let client = buzzer::spawn(connection);
        // Larger than the buffers of hyper and of the sockets together.
        let large = Bytes::from((0..8_000_000_u32).map(|i| i as u8).collect::<Vec<_>>());
        for (number, body) in [Bytes::from("one mocha"), Bytes::new(), large]
            .into_iter()
            .enumerate()
        {
            sender.ready().await.unwrap();
            let (served, echoed) = answer_of(sender.send_request(request(body.clone()))).await;
            assert_eq!(served, (number + 1).to_string());
            assert!(echoed == body, "body {number} came back changed");
        }
        drop(sender);
        client.await.unwrap().unwrap();
        server.await.unwrap().unwrap();
        assert_eq!(served.get(), 3);
    });
}

#[test]
fn http2_runs_its_streams_as_tasks_that_are_not_send() {
    buzzer::block_on(async {
        let (listener, address) = listen().await;
        let served = Rc::new(Cell::new(0));
        let counter = served.clone();
        let server = buzzer::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service_fn(|request| echo(counter.clone(), request));
            let mut http = server::conn::http2::Builder::new(BuzzerExecutor::new());
            http.timer(BuzzerTimer::new());
            http.serve_connection(stream, service).await
        });
        let stream = TcpStream::connect(address).await.unwrap();
        let builder = client::conn::http2::Builder::new(BuzzerExecutor::new());
        let (sender, connection) = builder.handshake(stream).await.unwrap();
        let client = buzzer::spawn(connection);
        let asked = (0..50_u8).map(|number| {
            let mut sender = sender.clone();
            async move {
                sender.ready().await.unwrap();
                let body = Bytes::from(vec![number; 1000 * usize::from(number)]);
                let (_, echoed) = answer_of(sender.send_request(request(body.clone()))).await;
                assert!(echoed == body, "body {number} came back changed");
            }
        });
        buzzer::gather(asked).await;
        assert_eq!(served.get(), 50);
        drop(sender);
        client.await.unwrap().unwrap();
        server.await.unwrap().unwrap();
    });
}

/// On a stack that has room for the caller's own temporary, one move of a megabyte,
/// and half a megabyte for all the rest. An overflow ends the process.
#[test]
fn a_large_future_is_moved_once() {
    const MIB: usize = 1 << 20;
    let run = || {
        buzzer::block_on(async {
            BuzzerExecutor::new().execute(async {
                let state = [1_u8; MIB];
                yield_now().await;
                assert_eq!(std::hint::black_box(&state)[MIB - 1], 1);
            });
            yield_now().await;
        });
    };
    let thread = std::thread::Builder::new().stack_size(2 * MIB + MIB / 2);
    thread.spawn(run).unwrap().join().unwrap();
}

#[test]
fn the_header_time_limit_goes_by_the_paused_clock() {
    paused().block_on(async {
        let (listener, address) = listen().await;
        let mut peer = TcpStream::connect(address).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let service = service_fn(|request| echo(Rc::default(), request));
        let mut http = server::conn::http1::Builder::new();
        http.timer(BuzzerTimer::new());
        http.header_read_timeout(Duration::from_secs(30));
        peer.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
        let before = Instant::now();
        let error = http.serve_connection(stream, service).await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert_eq!(before.elapsed(), Duration::from_secs(30));
        let mut rest = String::new();
        peer.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "");
    });
}

#[test]
fn a_reset_sleep_keeps_its_memory_and_wakes_nobody() {
    paused().block_on(async {
        let timer = BuzzerTimer::new();
        let start = timer.now();
        let mut sleep = timer.sleep(Duration::from_secs(1));
        let (wakes, waker) = Count::waker();
        let polled = sleep.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        let before = std::ptr::from_ref(&*sleep).addr();
        timer.reset(&mut sleep, start + Duration::from_secs(5));
        assert_eq!(std::ptr::from_ref(&*sleep).addr(), before);
        assert_eq!(wakes.get(), 0);
        sleep.await;
        assert_eq!(timer.now() - start, Duration::from_secs(5));
    });
}

#[test]
fn several_buffers_are_written_in_one_call() {
    buzzer::block_on(async {
        let (listener, address) = listen().await;
        let mut writer = pin!(TcpStream::connect(address).await.unwrap());
        let (mut reader, _) = listener.accept().await.unwrap();
        assert!(Write::is_write_vectored(&*writer));
        let parts = [&b"one"[..], b"", b" mocha"].map(std::io::IoSlice::new);
        let written =
            std::future::poll_fn(|cx| Write::poll_write_vectored(writer.as_mut(), cx, &parts));
        assert_eq!(written.await.unwrap(), 9);
        let mut read = [0; 9];
        reader.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"one mocha");
    });
}
