//! `/good`, `/blocking`, `/threadpool`: three ways to wait in a handler.
//!
//! The first leaves the loop to the others, the second holds it, and the third is
//! what to do with work that can't be awaited.

use std::thread;

use axum::extract::Query;
use axum::http::StatusCode;
use buzzer::task::spawn_blocking;
use buzzer::time::{Duration, sleep};
use serde::Deserialize;

use crate::refusal::Refusal;

#[derive(Deserialize)]
pub struct Work {
    ms: Option<u64>,
}

const USUAL: u64 = 100;
const LONGEST: u64 = 10_000;

impl Work {
    fn time(&self) -> Result<Duration, Refusal> {
        match self.ms.unwrap_or(USUAL) {
            ms @ 0..=LONGEST => Ok(Duration::from_millis(ms)),
            _ => Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                format!("ms is at most {LONGEST}"),
            )),
        }
    }
}

pub async fn good(Query(work): Query<Work>) -> Result<String, Refusal> {
    let time = work.time()?;
    sleep(time).await;
    Ok(format!("awaited {time:?}\n"))
}

pub async fn blocking(Query(work): Query<Work>) -> Result<String, Refusal> {
    let time = work.time()?;
    thread::sleep(time);
    Ok(format!("blocked the loop for {time:?}\n"))
}

pub async fn threadpool(Query(work): Query<Work>) -> Result<String, Refusal> {
    let time = work.time()?;
    let job = spawn_blocking(move || thread::sleep(time));
    job.await
        .map_err(|error| Refusal::failed("the job", &error))?;
    Ok(format!("blocked a thread of the pool for {time:?}\n"))
}
