//! `/file/{name}`: a file of the served folder, streamed.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use buzzer::fs::File;
use buzzer::task::spawn_blocking;
use buzzer_web::log;
use bytes::Bytes;
use futures::{Stream, stream};

use crate::folder::Closed;
use crate::refusal::Refusal;
use crate::routes::Service;

/// What is read, and held in memory for one client, at a time.
const CHUNK: usize = 64 * 1024;

pub async fn file(
    State(service): State<Arc<Service>>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let Some(folder) = service.folder.clone() else {
        return Err(Refusal::not_configured("--files"));
    };
    let kind = mime_guess::from_path(&name).first_or_octet_stream();
    // buzzer's `File::open` would not look where the name leads.
    let opened = spawn_blocking(move || {
        let file = folder.open_file(&name)?;
        let metadata = file.metadata().map_err(Closed::Failed)?;
        match metadata.is_file() {
            true => Ok((file, metadata.len())),
            false => Err(Closed::Forbidden),
        }
    });
    let opened = opened
        .await
        .map_err(|error| Refusal::failed("the job", &error))?;
    let (file, size) = opened.map_err(|closed| match closed {
        Closed::Missing => Refusal::new(StatusCode::NOT_FOUND, "no such file"),
        Closed::Forbidden => Refusal::new(StatusCode::FORBIDDEN, "not a file to be served"),
        Closed::Failed(error) => unavailable(&error),
    })?;
    let headers = [
        (header::CONTENT_TYPE, kind.to_string()),
        (header::CONTENT_LENGTH, size.to_string()),
    ];
    let body = Body::from_stream(chunks(File::from_std(file), size));
    Ok((headers, body).into_response())
}

/// The first `size` bytes of `file`, also if it grows meanwhile. If it shrinks there
/// is an error, and hyper breaks the connection off: the length has been promised.
fn chunks(file: File, size: u64) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((file, size), |(mut file, left)| async move {
        let length = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        if length == 0 {
            return Ok(None);
        }
        let mut chunk = vec![0; length];
        let read = file.read(&mut chunk).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        chunk.truncate(read);
        Ok(Some((Bytes::from(chunk), (file, left - read as u64))))
    })
}

/// What fails here without being the client's fault is mostly a lack of descriptors
/// or memory, and passes.
fn unavailable(error: &io::Error) -> Refusal {
    log(format_args!("open a file: {error}"));
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "no file can be opened now")
}
