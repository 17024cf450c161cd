//! The connection to Redis.
//!
//! Owns [`Store`]: one connection that all requests share, since Redis answers in
//! order what was sent without waiting. The redis crate speaks the protocol over a
//! socket of buzzer's, and the task that drives the connection is one of buzzer's.
//! A broken connection is let go of, and the next who asks makes a new one.

use std::fmt;
use std::io;
use std::time::Duration;

use async_lock::Mutex;
use buzzer::net::TcpStream;
use buzzer::task::JoinHandle;
use buzzer::time::timeout;
use buzzer_web::spawn_named;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind};
use redis::{FromRedisValue, RedisError, ServerErrorKind};

use crate::outage::Outage;
use crate::refusal::Refusal;

/// Redis, as far as this service knows it.
pub struct Store {
    info: ConnectionInfo,
    /// Locked while a connection is made, so that one is made and not one for each
    /// request that waits for it.
    current: Mutex<Option<Live>>,
    time: Duration,
    outage: Outage,
}

/// A connection, and the task that drives it and ends with it.
struct Live {
    connection: MultiplexedConnection,
    driver: JoinHandle<()>,
}

impl Drop for Live {
    fn drop(&mut self) {
        // Left alone, it would wait for answers that may never come.
        self.driver.abort();
    }
}

impl Store {
    /// Each command may take `time`, and as long again to get a connection for it.
    pub fn new(info: ConnectionInfo, time: Duration) -> Self {
        Self {
            info,
            current: Mutex::new(None),
            time,
            outage: Outage::new("the cache"),
        }
    }

    /// What Redis answers to `command`.
    pub async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Refusal> {
        let mut connection = match timeout(self.time, self.connection()).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(self.outage.away(&error)),
            Err(late) => return Err(self.outage.away(&late)),
        };
        match timeout(self.time, command.query_async(&mut connection)).await {
            Ok(Ok(answer)) => {
                self.outage.answers();
                Ok(answer)
            }
            Ok(Err(error)) if is_away(&error) => Err(self.outage.away(&error)),
            Ok(Err(error)) => Err(Refusal::failed("the cache", &error)),
            Err(late) => {
                // Answers come in order: whoever waits behind this one is late too.
                self.current.lock().await.take();
                Err(self.outage.away(&late))
            }
        }
    }

    async fn connection(&self) -> io::Result<MultiplexedConnection> {
        let mut current = self.current.lock().await;
        match &*current {
            Some(live) if !live.driver.is_finished() => Ok(live.connection.clone()),
            _ => {
                let live = self.connect().await?;
                Ok(current.insert(live).connection.clone())
            }
        }
    }

    async fn connect(&self) -> io::Result<Live> {
        let stream = match self.info.addr() {
            ConnectionAddr::Tcp(host, port) => TcpStream::connect((host.as_str(), *port)).await?,
            _ => return Err(io::Error::other("its URL must begin with redis://")),
        };
        // The crate's own time-outs are tokio's or smol's; ours are around each call.
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(None)
            .set_connection_timeout(None);
        let settings = self.info.redis_settings();
        let made = MultiplexedConnection::new_with_config(settings, stream, config).await;
        let (connection, driver) = made.map_err(io::Error::other)?;
        Ok(Live {
            connection,
            driver: spawn_named("redis connection", driver),
        })
    }
}

/// Whether Redis is not there, is going, or is not ready yet.
fn is_away(error: &RedisError) -> bool {
    use ServerErrorKind::{BusyLoading, MasterDown};
    matches!(
        error.kind(),
        ErrorKind::Io | ErrorKind::Server(BusyLoading | MasterDown)
    )
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
