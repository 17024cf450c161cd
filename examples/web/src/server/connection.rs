//! One connection, from its accept to its close.
//!
//! Owns what hyper is told about the limits, and the three ways in which a
//! connection ends: by itself, by standing still, and with the server.

use std::error::Error;
use std::pin::pin;

use buzzer::compat::hyper::{BuzzerExecutor, BuzzerTimer};
use buzzer::net::TcpStream;
use futures::FutureExt;
use hyper::body::{Body, Incoming};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::server::conn::auto;

use super::Limits;
use super::stream::Watched;

/// Why a connection is to end before hyper has ended it.
enum Cause {
    StandsStill,
    ServerStops,
}

/// Serves one connection to its end.
pub(super) async fn serve<S, B>(
    stream: TcpStream,
    service: S,
    limits: Limits,
    stop: impl Future<Output = ()>,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
{
    let watched = Watched::new(stream);
    let counter = watched.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let busy = counter.busy();
        let response = service.call(request);
        async move {
            let response = response.await;
            drop(busy);
            response
        }
    });

    let http = http(&limits);
    {
        let mut connection = pin!(http.serve_connection(watched.clone(), service));
        let mut still = pin!(watched.stands_still(limits.idle_time));
        // What a connection fails with (a malformed request, a client that is gone) was
        // answered by hyper where it could be, and is nobody else's business.
        let cause = buzzer::race!(
            async {
                _ = connection.as_mut().await;
                None
            },
            async {
                stop.await;
                Some(Cause::ServerStops)
            },
            async {
                still.as_mut().await;
                Some(Cause::StandsStill)
            },
        )
        .await;
        if let Some(Cause::ServerStops) = cause {
            connection.as_mut().graceful_shutdown();
            // Until the requests in flight are answered; `grace` is kept by `serve`.
            buzzer::race!(connection.map(drop), still).await;
        }
    }
    watched.close().await;
}

/// HTTP/1 or HTTP/2, whichever the client begins with.
fn http(limits: &Limits) -> auto::Builder<BuzzerExecutor> {
    let mut http = auto::Builder::new(BuzzerExecutor::new());
    http.http1()
        .timer(BuzzerTimer::new())
        .header_read_timeout(limits.header_time)
        .max_buf_size(limits.header_size);
    http.http2()
        .timer(BuzzerTimer::new())
        .max_header_list_size(u32::try_from(limits.header_size).unwrap_or(u32::MAX));
    http
}
