//! `/fetch?url=`: what another server says, asked with hyper's client.
//!
//! A service that fetches what it is told to can be made to ask where its clients
//! can't: so only loopback addresses are asked, unless `--allow-any-host` was given.
//! The name is looked up once, and the addresses that were checked are the ones that
//! are connected to; redirects are handed on, not followed.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use buzzer::net::{TcpStream, lookup_host};
use buzzer::time::timeout;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use serde::Deserialize;

use crate::refusal::Refusal;
use crate::routes::Service;

/// How far `/fetch` may reach, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    pub any_host: bool,
    pub time: Duration,
}

#[derive(Deserialize)]
pub struct Target {
    url: String,
}

/// The most bytes of a body that are handed on.
const MOST: usize = 1024 * 1024;

pub async fn fetch(
    State(service): State<Arc<Service>>,
    Query(Target { url }): Query<Target>,
) -> Result<Response, Refusal> {
    let reach = service.reach;
    let answer = async {
        let (uri, host, port) = parse(&url)?;
        let addresses = addresses(&host, port, reach).await?;
        ask(&uri, &addresses).await
    };
    timeout(reach.time, answer).await.unwrap_or_else(|_| {
        Err(Refusal::new(
            StatusCode::GATEWAY_TIMEOUT,
            format!("no answer within {:?}", reach.time),
        ))
    })
}

/// The URL as a whole, and the host and the port that it names.
fn parse(url: &str) -> Result<(Uri, String, u16), Refusal> {
    let refuse = |why| Refusal::new(StatusCode::BAD_REQUEST, format!("url: {why}"));
    let uri: Uri = url.parse().map_err(|_| refuse("not a URL"))?;
    if uri.scheme_str() != Some("http") {
        return Err(refuse("it must begin with http://"));
    }
    let authority = uri.authority().ok_or_else(|| refuse("it names no host"))?;
    if authority.as_str().contains('@') {
        return Err(refuse("it must not have a user in it"));
    }
    // `Uri` takes a port that is none for no port at all.
    let port = match &authority.as_str()[authority.host().len()..] {
        "" | ":" => 80,
        port => match port[1..].parse() {
            Ok(number @ 1..) if !port.contains('+') => number,
            _ => return Err(refuse("its port is not 1 to 65535")),
        },
    };
    // An IPv6 address is in brackets here, and in none where it is looked up.
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    Ok((uri, host, port))
}

/// The addresses of `host` that may be asked.
async fn addresses(host: &str, port: u16, reach: Reach) -> Result<Vec<SocketAddr>, Refusal> {
    let found = lookup_host((host, port))
        .await
        .map_err(|error| bad_gateway(error.to_string()))?;
    let allowed: Vec<_> = found
        .filter(|address| reach.any_host || address.ip().to_canonical().is_loopback())
        .collect();
    if allowed.is_empty() {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            format!("{host} is not a loopback address of this machine"),
        ));
    }
    Ok(allowed)
}

async fn ask(uri: &Uri, addresses: &[SocketAddr]) -> Result<Response, Refusal> {
    let stream = TcpStream::connect(addresses)
        .await
        .map_err(|error| bad_gateway(error.to_string()))?;
    let (mut sender, connection) = http1::handshake(stream).await.map_err(broken)?;
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header(header::HOST, authority)
        .header(header::CONNECTION, "close")
        .body(Body::empty())
        .map_err(|error| bad_gateway(error.to_string()))?;
    let exchange = async {
        let (parts, body) = sender
            .send_request(request)
            .await
            .map_err(broken)?
            .into_parts();
        let body = Limited::new(body, MOST)
            .collect()
            .await
            .map_err(|error| match error.is::<LengthLimitError>() {
                true => bad_gateway(format!("the answer has more than {MOST} bytes")),
                false => bad_gateway(error.to_string()),
            })?;
        Ok(handed_on(parts.status, &parts.headers, body.to_bytes()))
    };
    // The connection is driven here and not in a task of its own, so that it ends
    // with this future when the time is over or our own client is gone.
    let drive = async {
        match connection.await {
            Err(error) => Err(broken(error)),
            Ok(()) => pending().await,
        }
    };
    buzzer::race!(exchange, drive).await
}

/// Status and content, without what the other server says about its connection.
fn handed_on(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Response {
    let mut response = (status, body).into_response();
    for name in [header::CONTENT_TYPE, header::LOCATION] {
        match headers.get(&name) {
            Some(value) => response.headers_mut().insert(name, value.clone()),
            None => response.headers_mut().remove(name),
        };
    }
    response
}

fn broken(error: hyper::Error) -> Refusal {
    bad_gateway(error.to_string())
}

fn bad_gateway(why: String) -> Refusal {
    Refusal::new(StatusCode::BAD_GATEWAY, why)
}
