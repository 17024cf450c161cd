//! The router: which handler answers what, and what all of them share.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use buzzer::time::timeout;
use redis::IntoConnectionInfo;

use crate::args::Args;
use crate::database::Database;
use crate::fetch::Reach;
use crate::folder::Folder;
use crate::refusal::Refusal;
use crate::store::Store;
use crate::{cache, fetch, files, items, work};

/// What the handlers work with. `None` where the command line named none.
#[derive(Debug)]
pub struct Service {
    pub folder: Option<Arc<Folder>>,
    pub database: Option<Database>,
    pub store: Option<Store>,
    pub reach: Reach,
}

const ROUTES: &str = "\
GET  /good?ms=         awaits so many milliseconds
GET  /blocking?ms=     blocks the service's one thread for them
GET  /threadpool?ms=   blocks a thread of the pool for them
GET  /file/{name}      a file of the served folder
GET  /fetch?url=       what another server says
GET  /items            the newest items
POST /items            a new one, of {\"name\": \"...\"}
GET  /items/{id}       one of them
GET, PUT, DELETE /cache/{key}
";

/// # Errors
///
/// When the folder to serve can't be opened, or a URL is none.
pub fn router(args: &Args) -> anyhow::Result<Router> {
    let folder = args.files.as_deref().map(|path| {
        Folder::open(path).with_context(|| format!("--files: open {}", path.display()))
    });
    let database = args.postgres.as_ref().map(|url| {
        let config = url.parse().context("--postgres")?;
        anyhow::Ok(Database::new(config, args.pool_size, args.query_time))
    });
    let store = args.redis.as_ref().map(|url| {
        let info = url.as_str().into_connection_info().context("--redis")?;
        anyhow::Ok(Store::new(info, args.query_time))
    });
    let service = Service {
        folder: folder.transpose()?.map(Arc::new),
        database: database.transpose()?,
        store: store.transpose()?,
        reach: Reach {
            any_host: args.allow_any_host,
            time: args.fetch_time,
        },
    };
    Ok(Router::new()
        .route("/", get(ROUTES))
        .route("/good", get(work::good))
        .route("/blocking", get(work::blocking))
        .route("/threadpool", get(work::threadpool))
        .route("/file/{*name}", get(files::file))
        .route("/fetch", get(fetch::fetch))
        .route("/items", get(items::list).post(items::create))
        .route("/items/{id}", get(items::one))
        .route(
            "/cache/{key}",
            get(cache::get).put(cache::put).delete(cache::delete),
        )
        .fallback(|| async { Refusal::new(StatusCode::NOT_FOUND, "no such route; / lists them") })
        .layer(DefaultBodyLimit::max(args.max_body))
        .layer(middleware::from_fn_with_state(args.request_time, in_time))
        .with_state(Arc::new(service)))
}

/// Gives each request the same time. A handler's own waits (a query, a fetch) have
/// limits that are shorter; what can take longer is the body, which the client sends.
async fn in_time(
    State(time): State<Duration>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    timeout(time, next.run(request)).await.map_err(|_| {
        Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("the request took more than {time:?}"),
        )
    })
}
