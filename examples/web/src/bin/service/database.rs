//! A bounded pool of connections to PostgreSQL.
//!
//! Owns [`Database`]: who may ask, for how long, and on which connection.
//! tokio-postgres speaks the protocol over a socket of buzzer's, and the task that
//! drives a connection is one of buzzer's.
//!
//! A connection goes back to the pool only after its query has been answered. One
//! that is broken, that a query was too slow on, or whose handler was dropped
//! half-way, is closed, and the next who needs one makes a new one. So the pool
//! mends itself when the server has been away.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_lock::Semaphore;
use axum::http::StatusCode;
use buzzer::net::{TcpStream, UnixStream};
use buzzer::task::AbortHandle;
use buzzer::time::timeout;
use buzzer_web::spawn_named;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::Host;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, NoTls, Row, Statement};

use crate::outage::Outage;
use crate::refusal::Refusal;

/// The queries that there are; each connection has them prepared.
#[derive(Clone, Copy, Debug)]
pub enum Query {
    List,
    Insert,
    One,
}

/// In the order of [`Query`].
const QUERIES: [&str; 3] = [
    "select id, name from items order by id desc limit $1",
    "insert into items (name) values ($1) returning id, name",
    "select id, name from items where id = $1",
];

/// Two connections that create a table at once can collide even with "if not
/// exists"; the lock, an arbitrary number, makes them take turns.
const SCHEMA: &str = "
    begin;
    select pg_advisory_xact_lock(5261);
    create table if not exists items (
        id bigint generated always as identity primary key,
        name text not null
    );
    commit;
";

/// The pool.
#[derive(Debug)]
pub struct Database {
    config: Config,
    /// As many as there may be connections, whoever has one or makes one.
    places: Semaphore,
    /// Connections that nobody uses.
    idle: Mutex<Vec<Connection>>,
    time: Duration,
    outage: Outage,
}

/// One connection, closed when dropped.
#[derive(Debug)]
struct Connection {
    client: Client,
    statements: Vec<Statement>,
    driver: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Left alone, it would end after the server's answer, which may never come.
        self.driver.abort();
    }
}

impl Database {
    /// At most `size` connections; each query may take `time`, and as long again to
    /// get a connection for it.
    pub fn new(mut config: Config, size: usize, time: Duration) -> Self {
        // The server gives up as well: it can't see that nobody waits any more.
        // Milliseconds, of which 0 would be no limit, and more than an int no setting.
        let millis = time.as_millis().clamp(1, i32::MAX as u128);
        let ours = format!("-c statement_timeout={millis}");
        let options = match config.get_options() {
            Some(given) => format!("{given} {ours}"),
            None => ours,
        };
        config.options(options);
        Self {
            config,
            places: Semaphore::new(size),
            idle: Mutex::default(),
            time,
            outage: Outage::new("the database"),
        }
    }

    /// The rows that `query` gives.
    pub async fn run(
        &self,
        query: Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Refusal> {
        let turn = async {
            let place = self.places.acquire().await;
            Ok::<_, io::Error>((place, self.connection().await?))
        };
        let (_place, connection) = match timeout(self.time, turn).await {
            Ok(Ok(turn)) => turn,
            Ok(Err(error)) => return Err(self.outage.away(&error)),
            Err(late) => return Err(self.outage.away(&late)),
        };
        let statement = &connection.statements[query as usize];
        let asked = connection.client.query(statement, parameters);
        match timeout(self.time, asked).await {
            Ok(Ok(rows)) => {
                self.outage.answers();
                self.give_back(connection);
                Ok(rows)
            }
            Ok(Err(error)) if is_away(&error) => Err(self.outage.away(&error)),
            Ok(Err(error)) if is_too_slow(&error) => Err(self.slow()),
            Ok(Err(error)) => Err(Refusal::failed("the query", &error)),
            Err(_) => Err(self.slow()),
        }
    }

    /// One that idles, or a new one.
    async fn connection(&self) -> io::Result<Connection> {
        while let Some(connection) = self.idle().pop() {
            if !connection.client.is_closed() {
                return Ok(connection);
            }
        }
        let host = self.config.get_hosts().first();
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        match host {
            Some(Host::Tcp(host)) => {
                let stream = TcpStream::connect((host.as_str(), port)).await?;
                self.connect_over(stream).await
            }
            Some(Host::Unix(folder)) => {
                let socket = folder.join(format!(".s.PGSQL.{port}"));
                self.connect_over(UnixStream::connect(socket).await?).await
            }
            None => return Err(io::Error::other("its URL names no host")),
        }
        .map_err(io::Error::other)
    }

    async fn connect_over<S>(&self, stream: S) -> Result<Connection, Error>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (client, connection) = self.config.connect_raw(stream, NoTls).await?;
        let driver = spawn_named("postgres connection", async move {
            // What it fails with, the query gets to know that was asked.
            _ = connection.await;
        });
        let mut connection = Connection {
            client,
            statements: Vec::with_capacity(QUERIES.len()),
            driver: driver.abort_handle(),
        };
        connection.client.batch_execute(SCHEMA).await?;
        for query in QUERIES {
            let statement = connection.client.prepare(query).await?;
            connection.statements.push(statement);
        }
        Ok(connection)
    }

    fn give_back(&self, connection: Connection) {
        self.idle().push(connection);
    }

    fn slow(&self) -> Refusal {
        let reason = format!("the database did not answer within {:?}", self.time);
        Refusal::new(StatusCode::GATEWAY_TIMEOUT, reason)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // Pushed to and popped from only: a panic can't have left it half-done.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the server is not there, is going, or takes no more connections: the
/// classes of SQLSTATE for that are 08, 53 and 57.
fn is_away(error: &Error) -> bool {
    match error.code() {
        Some(_) if is_too_slow(error) => false,
        Some(state) => ["08", "53", "57"].contains(&&state.code()[..2]),
        None => true,
    }
}

/// Whether `statement_timeout` has ended the query.
fn is_too_slow(error: &Error) -> bool {
    error.code() == Some(&tokio_postgres::error::SqlState::QUERY_CANCELED)
}
