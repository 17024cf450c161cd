//! A guest book over hyper whose state is an `Rc` with a `Cell` and a `RefCell` in it:
//! no `Arc`, no `Mutex`, no atomic counter.
//!
//!     cargo run -p buzzer-web --bin plain
//!
//! It prints how to try it. axum can't take this service: its handlers' futures must
//! be `Send`, with all that they hold, because the runtimes that it is made for poll
//! them on one thread now and on another later; and a future with an `Rc` in it is not.
//! buzzer has one thread, so `buzzer::spawn` takes any future, and hyper asks no more
//! of a service than its executor does. There is no lock, since no other thread can
//! touch the book, and between two awaits a handler has it to itself.
//!
//! `service` is the one to look at for axum, whose handlers are `Send` here too.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;

use anyhow::Result;
use buzzer::net::TcpListener;
use buzzer::time::{Duration, timeout};
use buzzer_web::server::{self, Limits};
use buzzer_web::{exit, log};
use clap::Parser;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};

/// A guest book over HTTP, in a service that is not Send
#[derive(Parser)]
struct Arguments {
    /// Where to listen; at port 0 the system chooses one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: String,

    /// For an entry to arrive
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = humantime::parse_duration)]
    entry_time: Duration,
}

/// Entries that are kept; the oldest make room.
const MOST_ENTRIES: usize = 100;
/// The longest entry, in bytes.
const LONGEST_ENTRY: usize = 1000;

/// What all requests share; on one thread.
struct Book {
    visits: Cell<u64>,
    entries: RefCell<VecDeque<String>>,
    /// For an entry to arrive: a signer who stops half-way has a place among few.
    entry_time: Duration,
}

type Answer = Response<String>;

impl Book {
    async fn answer(self: Rc<Self>, request: Request<Incoming>) -> Answer {
        self.visits.set(self.visits.get() + 1);
        match (request.uri().path(), request.method()) {
            ("/", &Method::GET | &Method::HEAD) => say(StatusCode::OK, self.show()),
            ("/", &Method::POST) => self.sign(request.into_body()).await,
            ("/", _) => {
                let mut answer = say(StatusCode::METHOD_NOT_ALLOWED, "GET it or POST to it\n");
                let methods = HeaderValue::from_static("GET, HEAD, POST");
                answer.headers_mut().insert(ALLOW, methods);
                answer
            }
            _ => say(StatusCode::NOT_FOUND, "there is only /\n"),
        }
    }

    fn show(&self) -> String {
        let mut text = format!("You are visit number {}.\n", self.visits.get());
        for entry in self.entries.borrow().iter() {
            let _ = writeln!(text, "- {entry}"); // A String takes everything.
        }
        text
    }

    /// Awaits the entry, and holds a borrowed `Rc` over that: not `Send`.
    async fn sign(&self, body: Incoming) -> Answer {
        let body = Limited::new(body, LONGEST_ENTRY).collect();
        let body = match timeout(self.entry_time, body).await {
            Ok(body) => body,
            Err(_) => {
                let why = format!("an entry has {:?} to arrive\n", self.entry_time);
                return say(StatusCode::REQUEST_TIMEOUT, why);
            }
        };
        let body = match body {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                let why = format!("an entry has {LONGEST_ENTRY} bytes at most\n");
                return say(StatusCode::PAYLOAD_TOO_LARGE, why);
            }
            Err(error) => return say(StatusCode::BAD_REQUEST, format!("{error}\n")),
        };
        let entry = match str::from_utf8(&body) {
            Ok(entry) if !entry.trim().is_empty() => entry.trim().replace(char::is_control, " "),
            Ok(_) => return say(StatusCode::BAD_REQUEST, "an entry has a word at least\n"),
            Err(_) => return say(StatusCode::BAD_REQUEST, "an entry is UTF-8 text\n"),
        };
        // No await from here on: nobody else sees the book half changed.
        let mut entries = self.entries.borrow_mut();
        if entries.len() == MOST_ENTRIES {
            entries.pop_front();
        }
        entries.push_back(entry);
        say(StatusCode::CREATED, "Thank you.\n")
    }
}

fn say(status: StatusCode, text: impl Into<String>) -> Answer {
    let mut answer = Response::new(text.into());
    *answer.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, plain);
    answer
}

async fn serve(arguments: Arguments) -> Result<()> {
    let asked = exit::asked()?;
    let listener = TcpListener::bind(&arguments.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let mut out = io::stdout();
    writeln!(
        out,
        "The guest book is at {url}\nTry, from another terminal:\n"
    )?;
    writeln!(out, "  curl {url}")?;
    writeln!(out, "  curl {url} -d 'Ada was here'\n\nCtrl-C ends it.\n")?;

    let book = Rc::new(Book {
        visits: Cell::default(),
        entries: RefCell::default(),
        entry_time: arguments.entry_time,
    });
    let service = {
        let book = Rc::clone(&book);
        service_fn(move |request| {
            let answer = Rc::clone(&book).answer(request);
            async { Ok::<_, Infallible>(answer.await) }
        })
    };
    let cut = server::serve(listener, service, &Limits::default(), asked).await;
    if cut > 0 {
        log(format_args!("{cut} requests took too long to wait for"));
    }
    let (visits, entries) = (book.visits.get(), book.entries.borrow().len());
    writeln!(out, "Closed. Visits: {visits}, entries: {entries}.")?;
    Ok(())
}

fn main() -> ExitCode {
    exit::code("plain", buzzer::block_on(serve(Arguments::parse())))
}
