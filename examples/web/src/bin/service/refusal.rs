//! What a client is told when a request can't be answered.
//!
//! Owns [`Refusal`], the error of all handlers. Details of the inside (addresses,
//! paths, an SQL text) go to standard error, not to the client.

use std::borrow::Cow;
use std::error::Error;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use buzzer_web::{chain, log};

/// A status and one line that says why.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    reason: Cow<'static, str>,
}

/// Seconds after which it is worth to ask again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

impl Refusal {
    pub fn new(status: StatusCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            reason: reason.into(),
        }
    }

    /// Something has failed that the client can do nothing about.
    pub fn failed(what: &'static str, error: &(dyn Error + 'static)) -> Self {
        log(format_args!("{what} has failed: {}", chain(error)));
        let reason = format!("{what} has failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, reason)
    }

    /// A part of the service that was not configured.
    pub fn not_configured(option: &'static str) -> Self {
        let reason = format!("this service was started without {option}");
        Self::new(StatusCode::NOT_IMPLEMENTED, reason)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, format!("{}\n", self.reason)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}
