//! `/items`: a list that is kept in PostgreSQL.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::database::{Database, Query};
use crate::refusal::Refusal;
use crate::routes::Service;

#[derive(Serialize)]
pub struct Item {
    id: i64,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    name: String,
}

/// Characters of a name.
const LONGEST: usize = 200;
/// Items of a list.
const MOST: i64 = 100;

impl Item {
    fn of(row: &Row) -> Result<Self, Refusal> {
        let read = || {
            Ok(Self {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
            })
        };
        read().map_err(|error: tokio_postgres::Error| Refusal::failed("the database", &error))
    }
}

impl NewItem {
    fn check(&self) -> Result<(), Refusal> {
        let why = match self.name.chars().count() {
            0 => "name is empty",
            1..=LONGEST if self.name.contains('\0') => "name has a NUL in it",
            1..=LONGEST => return Ok(()),
            _ => "name is longer than 200 characters",
        };
        Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, why))
    }
}

fn database(service: &Service) -> Result<&Database, Refusal> {
    let database = service.database.as_ref();
    database.ok_or_else(|| Refusal::not_configured("--postgres"))
}

/// The newest items, the newest first.
pub async fn list(State(service): State<Arc<Service>>) -> Result<Json<Vec<Item>>, Refusal> {
    let rows = database(&service)?.run(Query::List, &[&MOST]).await?;
    rows.iter()
        .map(Item::of)
        .collect::<Result<_, _>>()
        .map(Json)
}

pub async fn create(
    State(service): State<Arc<Service>>,
    Json(item): Json<NewItem>,
) -> Result<impl IntoResponse, Refusal> {
    let database = database(&service)?;
    item.check()?;
    let rows = database.run(Query::Insert, &[&item.name]).await?;
    // "returning" makes it one row.
    let item = Item::of(&rows[0])?;
    let location = [(header::LOCATION, format!("/items/{}", item.id))];
    Ok((StatusCode::CREATED, location, Json(item)))
}

pub async fn one(
    State(service): State<Arc<Service>>,
    Path(id): Path<i64>,
) -> Result<Json<Item>, Refusal> {
    let rows = database(&service)?.run(Query::One, &[&id]).await?;
    match rows.first() {
        Some(row) => Item::of(row).map(Json),
        None => Err(Refusal::new(StatusCode::NOT_FOUND, "no such item")),
    }
}
