//! tokio-postgres over buzzer's sockets, TCP and Unix: it is handed a stream with
//! tokio's traits, and its connection is a task of buzzer's.

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/program.rs"]
mod program;

use std::future::poll_fn;
use std::time::{Duration, SystemTime};

use async_channel::Receiver;
use buzzer::net::{TcpStream, UnixStream};
use buzzer::task::JoinHandle;
use buzzer::{gather, gather as gather_all, try_gather};
use futures::SinkExt;
use postgres::Postgres;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, Client, Config, Error, NoTls, Notification};

/// A session: its client, what it was notified of, and the task that drives it.
struct Session {
    client: Client,
    notifications: Receiver<Notification>,
    driver: JoinHandle<Result<(), Error>>,
}

async fn session(
    config: &Config,
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
) -> Session {
    let (client, mut connection) = config.connect_raw(stream, NoTls).await.unwrap();
    let (sender, notifications) = async_channel::unbounded();
    let driver = buzzer::spawn(async move {
        while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(notification) = message? {
                // Fails only when the test has what it wanted.
                let _ = sender.try_send(notification);
            }
        }
        Ok(())
    });
    Session {
        client,
        notifications,
        driver,
    }
}

impl Session {
    /// Ends it in an orderly way: the driver has seen everything through.
    async fn end(self) {
        drop(self.client);
        self.driver.await.unwrap().unwrap();
    }
}

struct Server {
    config: Config,
    server: Postgres,
}

impl Server {
    fn start() -> Option<Self> {
        let server = Postgres::started()?;
        let config = server.url().parse().unwrap();
        Some(Self { config, server })
    }

    async fn tcp(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.server.port()))
            .await
            .unwrap()
    }

    async fn unix(&self) -> UnixStream {
        let name = format!(".s.PGSQL.{}", self.server.port());
        UnixStream::connect(self.server.directory().join(name))
            .await
            .unwrap()
    }

    async fn over_tcp(&self) -> Session {
        session(&self.config, self.tcp().await).await
    }

    async fn over_unix(&self) -> Session {
        session(&self.config, self.unix().await).await
    }
}

/// Runs `test` over both kinds of sockets.
fn over_both(test: impl AsyncFn(&Server, Session)) {
    let Some(server) = Server::start() else {
        return;
    };
    buzzer::block_on(async {
        test(&server, server.over_tcp().await).await;
        test(&server, server.over_unix().await).await;
    });
}

#[test]
fn values_of_all_common_types_come_back_as_they_went() {
    over_both(async |_, session| {
        let client = &session.client;
        let text = "caf\u{e9} \u{2615} 'quoted' \\";
        let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        // To the microsecond, as PostgreSQL keeps it.
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(1_763_964_000_123_456);
        let row = client
            .query_one(
                "SELECT $1::bool, $2::int2, $3::int4, $4::int8, $5::float4, $6::float8,
                        $7::text, $8::varchar, $9::bytea, $10::timestamptz, $11::int4[],
                        $12::text, $13::\"char\", $14::oid",
                &[
                    &true,
                    &i16::MIN,
                    &i32::MAX,
                    &i64::MIN,
                    &1.5_f32,
                    &-0.1_f64,
                    &text,
                    &"short",
                    &bytes,
                    &time,
                    &vec![Some(1), None, Some(-3)],
                    &None::<String>,
                    &65_i8,
                    &u32::MAX,
                ],
            )
            .await
            .unwrap();
        assert!(row.get::<_, bool>(0));
        assert_eq!(row.get::<_, i16>(1), i16::MIN);
        assert_eq!(row.get::<_, i32>(2), i32::MAX);
        assert_eq!(row.get::<_, i64>(3), i64::MIN);
        assert_eq!(row.get::<_, f32>(4), 1.5);
        assert_eq!(row.get::<_, f64>(5), -0.1);
        assert_eq!(row.get::<_, &str>(6), text);
        assert_eq!(row.get::<_, String>(7), "short");
        assert!(row.get::<_, &[u8]>(8) == bytes);
        assert_eq!(row.get::<_, SystemTime>(9), time);
        assert_eq!(
            row.get::<_, Vec<Option<i32>>>(10),
            [Some(1), None, Some(-3)]
        );
        assert_eq!(row.get::<_, Option<String>>(11), None);
        assert_eq!(row.get::<_, i8>(12), 65);
        assert_eq!(row.get::<_, u32>(13), u32::MAX);
        session.end().await;
    });
}

#[test]
fn a_transaction_is_committed_and_another_one_rolled_back() {
    over_both(async |server, mut session| {
        let setup = "DROP TABLE IF EXISTS orders; CREATE TABLE orders (drink text)";
        session.client.batch_execute(setup).await.unwrap();
        let other = server.over_tcp().await;
        let count = async || {
            let row = other
                .client
                .query_one("SELECT count(*) FROM orders", &[])
                .await;
            row.unwrap().get::<_, i64>(0)
        };
        let insert = "INSERT INTO orders VALUES ($1)";

        let transaction = session.client.transaction().await.unwrap();
        assert_eq!(transaction.execute(insert, &[&"latte"]).await.unwrap(), 1);
        assert_eq!(count().await, 0);
        transaction.commit().await.unwrap();
        assert_eq!(count().await, 1);

        let transaction = session.client.transaction().await.unwrap();
        transaction.execute(insert, &[&"mocha"]).await.unwrap();
        transaction.rollback().await.unwrap();
        assert_eq!(count().await, 1);

        // Dropped half-way, one is rolled back too, before the next query.
        let transaction = session.client.transaction().await.unwrap();
        transaction.execute(insert, &[&"mocha"]).await.unwrap();
        drop(transaction);
        let row = session
            .client
            .query_one("SELECT count(*) FROM orders", &[])
            .await;
        assert_eq!(row.unwrap().get::<_, i64>(0), 1);
        gather!(other.end(), session.end()).await;
    });
}

#[test]
fn a_listener_is_notified_while_it_asks_nothing() {
    over_both(async |server, listener| {
        listener
            .client
            .batch_execute("LISTEN orders")
            .await
            .unwrap();
        let notifier = server.over_unix().await;
        for number in 0..100 {
            let notify = "SELECT pg_notify('orders', $1)";
            let payload = format!("order {number}");
            notifier.client.execute(notify, &[&payload]).await.unwrap();
        }
        for number in 0..100 {
            let notification = listener.notifications.recv().await.unwrap();
            assert_eq!(notification.channel(), "orders");
            assert_eq!(notification.payload(), format!("order {number}"));
        }
        gather!(notifier.end(), listener.end()).await;
    });
}

#[test]
fn a_query_is_cancelled_over_a_second_socket_and_the_session_goes_on() {
    over_both(async |server, session| {
        let client = &session.client;
        let token = client.cancel_token();
        // Holds the lock that the query waits for, so that it is under way for sure.
        let holder = server.over_tcp().await;
        let lock = "SELECT pg_advisory_lock(1)";
        holder.client.execute(lock, &[]).await.unwrap();
        let cancel = async {
            let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
            let waiting = async || holder.client.query_one(waits, &[]).await.unwrap();
            while waiting().await.get::<_, i64>(0) == 0 {}
            token
                .cancel_query_raw(server.unix().await, NoTls)
                .await
                .unwrap();
        };
        let (result, ()) = gather!(client.execute(lock, &[]), cancel).await;
        let error = result.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::QUERY_CANCELED), "{error}");
        let row = client.query_one("SELECT 1", &[]).await.unwrap();
        assert_eq!(row.get::<_, i32>(0), 1);
        gather!(holder.end(), session.end()).await;
    });
}

#[test]
fn a_thousand_pipelined_queries_are_each_given_their_own_answer() {
    over_both(async |_, session| {
        let client = &session.client;
        let square = client.prepare("SELECT $1::int4 * $1::int4").await.unwrap();
        let rows = try_gather((0..1000).map(|number: i32| {
            let square = &square;
            async move { client.query_one(square, &[&number]).await }
        }));
        let squares: Vec<i32> = rows.await.unwrap().iter().map(|row| row.get(0)).collect();
        assert!(
            squares
                .into_iter()
                .eq((0..1000).map(|number| number * number))
        );
        session.end().await;
    });
}

#[test]
fn large_results_and_copies_go_both_ways() {
    over_both(async |_, session| {
        let client = &session.client;
        let rows = client
            .query("SELECT n FROM generate_series(1, 100000) n", &[])
            .await
            .unwrap();
        let numbers = rows.iter().map(|row| row.get::<_, i32>(0));
        assert!(numbers.eq(1..=100_000));

        let text = client
            .query_one("SELECT repeat('espresso', 1000000)", &[])
            .await
            .unwrap();
        assert!(text.get::<_, &str>(0) == "espresso".repeat(1_000_000));

        client
            .batch_execute("CREATE TEMPORARY TABLE copied (n int)")
            .await
            .unwrap();
        let copy = client.copy_in("COPY copied FROM STDIN").await.unwrap();
        let mut copy = std::pin::pin!(copy);
        for chunk in 0..100 {
            let lines: String = (0..1000)
                .map(|line| format!("{}\n", chunk * 1000 + line))
                .collect();
            copy.send(bytes::Bytes::from(lines)).await.unwrap();
        }
        assert_eq!(copy.as_mut().finish().await.unwrap(), 100_000);
        session.end().await;
    });
}

#[test]
fn an_error_of_the_server_leaves_the_session_as_it_was() {
    over_both(async |_, session| {
        let client = &session.client;
        for (query, state) in [
            ("SELECT 1/0", SqlState::DIVISION_BY_ZERO),
            ("SELEC 1", SqlState::SYNTAX_ERROR),
            ("SELECT * FROM nothing", SqlState::UNDEFINED_TABLE),
        ] {
            let error = client.query(query, &[]).await.unwrap_err();
            assert_eq!(error.code(), Some(&state), "{query}: {error}");
        }
        client.query_one("SELECT 1", &[]).await.unwrap();
        session.end().await;
    });
}

#[test]
fn twenty_sessions_at_once_do_not_mix() {
    let Some(server) = Server::start() else {
        return;
    };
    buzzer::block_on(gather_all((0..20).map(async |number: i32| {
        let session = server.over_tcp().await;
        for _ in 0..20 {
            let row = session
                .client
                .query_one("SELECT $1::int4", &[&number])
                .await;
            assert_eq!(row.unwrap().get::<_, i32>(0), number);
        }
        session.end().await;
    })));
}

#[test]
fn a_session_whose_server_stops_says_so() {
    let Some(mut server) = Server::start() else {
        return;
    };
    buzzer::block_on(async {
        let session = server.over_tcp().await;
        let endless = session.client.execute("SELECT pg_sleep(3600)", &[]);
        let mut endless = std::pin::pin!(endless);
        // Sends the query.
        assert!(futures::poll!(endless.as_mut()).is_pending());
        server.server.stop();
        assert!(endless.await.is_err());
        assert!(session.driver.await.unwrap().is_err());
        assert!(session.client.is_closed());
    });
}
