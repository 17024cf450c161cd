//! hyper-util's server and pooled client, and reqwest: they spawn on, sleep by and connect
//! with what they take for tokio.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = request
        .into_body()
        .collect()
        .await
        .map(|body| body.to_bytes());
    let text = format!("{path}: {} bytes", body.map_or(0, |body| body.len()));
    Ok(Response::new(Full::new(text.into())))
}

/// A server in a task of its own, of HTTP 1 and 2; its address.
async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("descriptors are left");
            tokio::spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                let service = service_fn(answer);
                let _ = builder
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    address
}

#[tokio::test]
async fn hypers_pooled_client_talks_to_its_server() {
    let address = serve().await;
    for http2 in [false, true] {
        let mut builder = Client::builder(TokioExecutor::new());
        let client = builder.http2_only(http2).build_http::<Full<Bytes>>();
        for n in 0..3 {
            let request = Request::post(format!("http://{address}/order/{n}"));
            let request = request
                .body(Full::new("latte".into()))
                .expect("it is whole");
            let response = client.request(request).await.expect("it is answered");
            let body = response.into_body().collect().await.expect("it is whole");
            assert_eq!(body.to_bytes(), format!("/order/{n}: 5 bytes"));
        }
    }
}

#[tokio::test]
async fn reqwest_fetches_many_at_once() {
    let address = serve().await;
    let client = reqwest::Client::new();
    let fetches = (0..20).map(|n| {
        let client = client.clone();
        tokio::spawn(async move {
            let url = format!("http://{address}/{n}");
            let response = client.get(url).send().await?;
            response.text().await
        })
    });
    for (n, fetch) in futures::future::join_all(fetches)
        .await
        .into_iter()
        .enumerate()
    {
        let text = fetch.expect("it ends").expect("it is answered");
        assert_eq!(text, format!("/{n}: 0 bytes"));
    }
}
