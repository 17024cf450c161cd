//! The built book over HTTP, by the runtime that it is about.
//!
//! Owns a server for one reader on this machine: it answers GET with a file, and nothing
//! else.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use buzzer::fs;
use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{TcpListener, TcpStream};

/// A request's head is shorter than this, or refused.
const MOST: usize = 16 * 1024;

/// Serves a folder to whoever connects, for ever.
///
/// # Errors
///
/// If no connection can be accepted.
pub async fn serve(listener: TcpListener, folder: PathBuf) -> io::Result<()> {
    let folder = Rc::new(folder);
    loop {
        let (stream, _) = listener.accept().await?;
        let folder = folder.clone();
        // One who has gone away is no concern of the others.
        drop(buzzer::spawn(async move { answer(stream, &folder).await }));
    }
}

async fn answer(mut stream: TcpStream, folder: &Path) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut some = [0; 1024];
        let length = stream.read(&mut some).await?;
        if length == 0 || head.len() > MOST {
            return Ok(());
        }
        head.extend_from_slice(&some[..length]);
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.split_whitespace();
    let (status, kind, body) = match (words.next(), words.next().and_then(file_of)) {
        (Some("GET"), Some(file)) => {
            let mut path = folder.join(file);
            if path.is_dir() {
                path.push("index.html");
            }
            match fs::read(&path).await {
                Ok(body) => ("200 OK", kind_of(&path), body),
                Err(_) => ("404 Not Found", "text/plain", b"not found\n".to_vec()),
            }
        }
        _ => ("400 Bad Request", "text/plain", b"GET a file\n".to_vec()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
         cache-control: no-store\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}

/// The file that a request names, if it lies below the folder.
fn file_of(target: &str) -> Option<&Path> {
    let path = Path::new(target.split(['?', '#']).next()?.strip_prefix('/')?);
    let below = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    below.then_some(path)
}

fn kind_of(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
