//! `/cache/{key}`: values that Redis keeps.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use redis::Cmd;
use serde::Deserialize;

use crate::refusal::Refusal;
use crate::routes::Service;
use crate::store::Store;

#[derive(Deserialize)]
pub struct Keep {
    /// Seconds after which the value is gone; never, if not given.
    ttl: Option<u64>,
}

/// Bytes of a key.
const LONGEST_KEY: usize = 250;
/// Seconds of a value's life: a year.
const LONGEST_TTL: u64 = 365 * 24 * 60 * 60;

/// The store, and the key by its name there: other programs may use it too.
fn find<'a>(service: &'a Service, key: &str) -> Result<(&'a Store, String), Refusal> {
    let store = service.store.as_ref();
    let store = store.ok_or_else(|| Refusal::not_configured("--redis"))?;
    if key.len() > LONGEST_KEY {
        let reason = format!("the key is longer than {LONGEST_KEY} bytes");
        return Err(Refusal::new(StatusCode::BAD_REQUEST, reason));
    }
    Ok((store, format!("buzzer-web:{key}")))
}

fn missing() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "no such key")
}

pub async fn get(
    State(service): State<Arc<Service>>,
    Path(key): Path<String>,
) -> Result<impl IntoResponse, Refusal> {
    let (store, key) = find(&service, &key)?;
    let value: Option<Vec<u8>> = store.run(&Cmd::get(key)).await?;
    let content = [(header::CONTENT_TYPE, "application/octet-stream")];
    value.map(|value| (content, value)).ok_or_else(missing)
}

pub async fn put(
    State(service): State<Arc<Service>>,
    Path(key): Path<String>,
    Query(keep): Query<Keep>,
    value: Bytes,
) -> Result<StatusCode, Refusal> {
    let (store, key) = find(&service, &key)?;
    let command = match keep.ttl {
        None => Cmd::set(key, &value[..]),
        Some(seconds @ 1..=LONGEST_TTL) => Cmd::set_ex(key, &value[..], seconds),
        Some(_) => {
            let reason = format!("ttl is 1 to {LONGEST_TTL} seconds");
            return Err(Refusal::new(StatusCode::BAD_REQUEST, reason));
        }
    };
    store.run::<()>(&command).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn delete(
    State(service): State<Arc<Service>>,
    Path(key): Path<String>,
) -> Result<StatusCode, Refusal> {
    let (store, key) = find(&service, &key)?;
    match store.run::<u64>(&Cmd::del(key)).await? {
        0 => Err(missing()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
