//! Whether something that the service needs is there.
//!
//! Owns [`Outage`], which tells the service's log when a thing goes and when it is
//! back: once each, and not with every request.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use buzzer_web::{chain, log};

use crate::refusal::Refusal;

/// One thing that the service needs, and whether it is away.
#[derive(Debug)]
pub struct Outage {
    what: &'static str,
    away: AtomicBool,
}

impl Outage {
    pub fn new(what: &'static str) -> Self {
        Self {
            what,
            away: AtomicBool::new(false),
        }
    }

    /// It could not be asked, because of `error`. The client hears no details.
    pub fn away(&self, error: &(dyn Error + 'static)) -> Refusal {
        if !self.away.swap(true, Ordering::Relaxed) {
            log(format_args!("{} is away: {}", self.what, chain(error)));
        }
        let reason = format!("{} is away", self.what);
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, reason)
    }

    /// It has answered.
    pub fn answers(&self) {
        if self.away.swap(false, Ordering::Relaxed) {
            log(format_args!("{} is back", self.what));
        }
    }
}
