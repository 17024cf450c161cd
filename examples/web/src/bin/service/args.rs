//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use buzzer_web::server::Limits;
use clap::Parser;

/// A web service on buzzer: an axum router, with files, PostgreSQL and Redis behind it
#[derive(Clone, Debug, Parser)]
pub struct Args {
    /// Where to listen; port 0 lets the system choose one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: String,

    /// The folder that /file/ serves; none if not given
    #[arg(long, value_name = "FOLDER")]
    pub files: Option<PathBuf>,

    // Taken as text: clap would show one that it can't read, with its password.
    /// The PostgreSQL that /items asks: postgres://user:password@host:port/database
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub postgres: Option<String>,

    /// The Redis that /cache/ asks: redis://:password@host:port
    #[arg(long, value_name = "URL", env = "REDIS_URL", hide_env_values = true)]
    pub redis: Option<String>,

    /// Let /fetch ask any host, and not only this machine's loopback addresses
    #[arg(long)]
    pub allow_any_host: bool,

    /// Connections at once; who comes then waits in the backlog until one ends
    #[arg(long, value_name = "N", default_value = "500", value_parser = at_least_one)]
    pub max_connections: usize,

    /// Bytes of a request's header
    #[arg(long, value_name = "BYTES", default_value = "16384", value_parser = header_size)]
    pub max_header: usize,

    /// Bytes of a request's body
    #[arg(long, value_name = "BYTES", default_value = "1048576")]
    pub max_body: usize,

    /// For a request's header to arrive; also how long HTTP/1 connections may idle
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    pub header_time: Duration,

    /// For a request's body to arrive and be answered
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub request_time: Duration,

    /// For a connection without any progress
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub idle_time: Duration,

    /// For the requests in flight when the service is to end
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = humantime::parse_duration)]
    pub grace: Duration,

    /// For the whole of a /fetch
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub fetch_time: Duration,

    /// Connections to PostgreSQL at once
    #[arg(long, value_name = "N", default_value = "8", value_parser = at_least_one)]
    pub pool_size: usize,

    /// For PostgreSQL or Redis to answer, and as long again for a connection to it
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = time)]
    pub query_time: Duration,
}

impl Args {
    pub fn limits(&self) -> Limits {
        Limits {
            connections: self.max_connections,
            header_size: self.max_header,
            header_time: self.header_time,
            idle_time: self.idle_time,
            grace: self.grace,
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err(String::from("it must be at least 1")),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

/// A time for something to happen in. Without any, nothing would.
fn time(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err(String::from("it must be more than 0")),
        Ok(time) => Ok(time),
        Err(error) => Err(format!("{error}")),
    }
}

/// hyper reads no less than this at a time.
const LEAST_HEADER: usize = 8192;

fn header_size(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(bytes) if bytes < LEAST_HEADER => Err(format!("it must be at least {LEAST_HEADER}")),
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(format!("{error}")),
    }
}
