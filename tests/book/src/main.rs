//! The book's commands.
//!
//!     cargo run -p buzzer-book -- build      the book, in target/book
//!     cargo run -p buzzer-book -- serve      the same, at an address of this machine
//!     cargo run -p buzzer-book -- write      code and outputs into the chapters
//!     cargo run -p buzzer-book -- check      whether they are there
//!
//! `mdbook build docs/book` and `mdbook serve docs/book` do as well where mdBook is
//! installed; they call the last, `preprocess`.

use std::env;
use std::io;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use buzzer::net::TcpListener;
use buzzer_book::build::{build, compared, preprocess, write};
use buzzer_book::serve::serve;
use buzzer_book::{built, root};

const USAGE: &str = "usage: buzzer-book build | serve [ADDRESS] | write | check";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // mdBook says by it what it does, and what it warns of.
    tracing_subscriber::fmt()
        .without_time()
        .with_target(false)
        .with_writer(io::stderr)
        .init();
    let done = match arguments[..] {
        ["build"] => build(),
        ["serve"] => build_and_serve("127.0.0.1:3000"),
        ["serve", address] => build_and_serve(address),
        ["write"] => write_all(),
        ["check"] => check(),
        ["preprocess"] => preprocess(io::stdin(), io::stdout().lock()),
        // mdBook asks whether a renderer is supported: every one is.
        ["preprocess", "supports", _] => Ok(()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("buzzer-book: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn build_and_serve(address: &str) -> Result<()> {
    build()?;
    buzzer::block_on(async {
        let listener = TcpListener::bind(address).await?;
        println!("http://{}", listener.local_addr()?);
        serve(listener, built()).await
    })?;
    Ok(())
}

fn write_all() -> Result<()> {
    for chapter in write()? {
        println!("{} is written", chapter.display());
    }
    Ok(())
}

fn check() -> Result<()> {
    let stale: Vec<String> = compared()?
        .into_iter()
        .filter(|(_, now, then)| now != then)
        .map(|(path, ..)| {
            path.strip_prefix(root())
                .unwrap_or(&path)
                .display()
                .to_string()
        })
        .collect();
    ensure!(
        stale.is_empty(),
        "no longer what is there: {}; `cargo run -p buzzer-book -- write` writes it",
        stale.join(", ")
    );
    Ok(())
}
