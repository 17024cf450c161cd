//! One connection, from its accept to its close.
//!
//! Owns what hyper is told about the limits, and the three ways in which a
//! connection ends: by itself, by standing still, and with the server.

use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use buzzer::compat::hyper::{BuzzerExecutor, BuzzerTimer};
use buzzer::net::TcpStream;
use futures::FutureExt;
use http_body_util::BodyExt;
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

/// How long a connection may stand still, to which no response is owed, when the
/// server is to end.
const LAST_CHANCE: Duration = Duration::from_secs(1);

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
    // Each write is a whole part of a response, so there is nothing to wait for to
    // send along with it. A client that is gone already can't be helped.
    _ = stream.set_nodelay(true);
    let watched = Watched::new(stream);
    let counter = watched.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        counter.expects_body(!request.body().is_end_stream());
        let (at_work, owed) = (counter.handler(), counter.response());
        let response = service.call(request);
        async move {
            let response = response.await?;
            drop(at_work);
            // hyper drops the body, and `owed` with it, when it has taken it whole.
            Ok::<_, S::Error>(response.map(|body| {
                body.map_err(move |error| {
                    let _ = &owed;
                    error
                })
            }))
        }
    });

    let http = http(&limits);
    {
        let mut connection = pin!(http.serve_connection(watched.clone(), service));
        let cause = buzzer::race!(
            async {
                // A malformed request or a client that is gone: hyper has answered it
                // where it could, and it is nobody else's business.
                if connection.as_mut().await.is_err() {
                    watched.expects_body(true);
                }
                None
            },
            async {
                stop.await;
                Some(Cause::ServerStops)
            },
            async {
                watched.stands_still(limits.idle_time).await;
                Some(Cause::StandsStill)
            },
            async {
                let time = limits.header_time.max(limits.idle_time);
                watched.asks_nothing(time).await;
                Some(Cause::StandsStill)
            },
        )
        .await;
        if let Some(Cause::ServerStops) = cause {
            connection.as_mut().graceful_shutdown();
            // Until the requests in flight are answered; `grace` is kept by the caller.
            // hyper would wait for the rest of a header that was begun.
            let done = watched.is_owed_nothing(limits.idle_time.min(LAST_CHANCE));
            buzzer::race!(connection.map(drop), done).await;
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
