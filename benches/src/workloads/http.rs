//! HTTP/1 through hyper, under wrk.

use std::convert::Infallible;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};

use super::echo::{accept, listen};
use super::rt::{self, TcpListener};
use crate::load::{Load, WRK_CONNECTIONS};

/// Per request, each answered by a few words. wrk counts, and says when one had
/// another answer than 200, or none.
pub fn hello(time: Duration) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let listener = listen().await?;
        let load = Load::wrk(listener.local_addr()?, WRK_CONNECTIONS, time)?;
        drop(rt::spawn(serve(listener)));
        load.figure().await
    })
}

async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    loop {
        let stream = rt::hyper_io(accept(&listener).await?);
        let connection = http1::Builder::new().serve_connection(stream, service_fn(answer));
        drop(rt::spawn(connection));
    }
}

async fn answer(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(
        b"Hello, world!",
    ))))
}
