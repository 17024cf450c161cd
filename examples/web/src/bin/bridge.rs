//! A library that insists on tokio, used from a program that runs on buzzer: sqlx,
//! with PostgreSQL. The MongoDB driver is of that kind too.
//!
//!     cargo run -p buzzer-web --bin bridge -- --database postgres://me@localhost/test
//!
//! Such a library starts its tasks and timers on the tokio runtime that it finds, and
//! panics where there is none. So it gets one, on a side thread; this thread stays
//! with buzzer and awaits the answers there (`Bridge`, in src/bridge.rs). Each call
//! costs two hops between threads. tokio-postgres takes any socket and needs no
//! bridge: `service` has its database on the loop itself.
//!
//! Leaves nothing in the database: its one table is temporary.

use std::cell::Cell;
use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result, anyhow, bail, ensure};
use buzzer::runtime::Handle;
use buzzer::time::{Duration, Instant, interval, timeout};
use buzzer::{race, try_gather};
use buzzer_web::bridge::Bridge;
use buzzer_web::exit;
use clap::Parser;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Error};

/// Runs sqlx, which needs tokio, on a side thread, and awaits it on buzzer.
#[derive(Parser)]
struct Arguments {
    /// The PostgreSQL database to use, such as postgres://me@localhost/test
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// How long a server may take to be reached.
const CONNECTING: Duration = Duration::from_secs(5);
const CONNECTIONS: u32 = 3;

thread_local! {
    /// Belongs to the loop's thread; from another one it can't be reached.
    static LAST_TICKET: Cell<i32> = const { Cell::new(0) };
}

/// Draws the next number; on the loop's thread.
async fn next_ticket() -> i32 {
    LAST_TICKET.set(LAST_TICKET.get() + 1);
    LAST_TICKET.get()
}

fn this_thread() -> String {
    thread::current().name().unwrap_or("?").to_owned()
}

/// Opens a pool, on the side thread like all that sqlx does.
async fn connect(bridge: &Bridge, database: &PgConnectOptions) -> Result<PgPool> {
    let (host, port) = (database.get_host(), database.get_port());
    let server = format!("can't use PostgreSQL at {host}, port {port}");
    let database = database.clone();
    let open = bridge.run(async move || {
        // A pool would try for as long as it may, and then not say why it failed.
        database.connect().await?.close().await?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS);
        pool.connect_with(database).await
    });
    match timeout(CONNECTING, open).await {
        // An error of sqlx says its causes itself.
        Ok(pool) => pool.map_err(|error| anyhow!("{server}: {error}")),
        Err(_) => bail!("{server}: no answer within {CONNECTING:?}"),
    }
}

async fn one_query(bridge: &Bridge, pool: PgPool) -> Result<String> {
    let ask = async move || {
        let version = sqlx::query_scalar("SHOW server_version").fetch_one(&pool);
        anyhow::Ok((version.await?, this_thread()))
    };
    let (version, thread): (String, _) = bridge.run(ask).await?;
    Ok(format!(
        "PostgreSQL {version}, asked by the thread `{thread}`"
    ))
}

async fn a_transaction(bridge: &Bridge, pool: PgPool) -> Result<String> {
    let here = Handle::current();
    let order = async move || {
        let mut transaction = pool.begin().await?;
        let create = "CREATE TEMPORARY TABLE orders (ticket int, drink text) ON COMMIT DROP";
        sqlx::query(create).execute(&mut *transaction).await?;
        for drink in ["latte", "espresso", "mocha"] {
            let ticket = here.spawn(next_ticket()).await?;
            let insert = sqlx::query("INSERT INTO orders VALUES ($1, $2)");
            let insert = insert.bind(ticket).bind(drink);
            insert.execute(&mut *transaction).await?;
        }
        let list = "SELECT string_agg(ticket || ' ' || drink, ', ' ORDER BY ticket) FROM orders";
        let list = sqlx::query_scalar(list)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        anyhow::Ok(list)
    };
    let list: String = bridge.run(order).await?;
    Ok(format!("ordered: {list}"))
}

async fn slow_queries(bridge: &Bridge, pool: PgPool) -> Result<String> {
    let begin = Instant::now();
    let sleeps = try_gather((0..CONNECTIONS).map(|_| {
        let pool = pool.clone();
        bridge.run(async move || {
            let sleep = sqlx::query("SELECT pg_sleep(0.3)");
            sleep.execute(&pool).await
        })
    }));
    let (ticks, longest) = (Cell::new(0), Cell::new(Duration::ZERO));
    let ticking = async {
        let mut interval = interval(Duration::from_millis(10));
        loop {
            let due = interval.tick().await;
            ticks.set(ticks.get() + 1);
            longest.set(longest.get().max(due.elapsed()));
        }
    };
    race!(async { sleeps.await.map(drop) }, ticking).await?;
    let (took, ticks, longest) = (begin.elapsed(), ticks.get(), longest.get());
    Ok(format!(
        "{CONNECTIONS} queries of 300 ms each: all answered after {took:.0?}\n   \
         meanwhile this loop ticked {ticks} times, at most {longest:.1?} late"
    ))
}

async fn an_error(bridge: &Bridge, pool: PgPool) -> Result<String> {
    let divide = async move || sqlx::query("SELECT 1/0").execute(&pool).await;
    match bridge.run(divide).await {
        Err(Error::Database(error)) => {
            let code = error.code().unwrap_or_default();
            Ok(format!("SELECT 1/0: {} (SQLSTATE {code})", error.message()))
        }
        other => bail!("SELECT 1/0 gave {other:?}"),
    }
}

/// Tells where and that it is dropped.
struct Witness(async_channel::Sender<String>);

impl Drop for Witness {
    fn drop(&mut self) {
        // Fails if the program has ended meanwhile.
        let _ = self.0.try_send(this_thread());
    }
}

async fn giving_up(bridge: &Bridge, database: PgConnectOptions) -> Result<String> {
    // Its own connection, which is closed with the future. The server notices only
    // when it has something to send: let that not be in an hour.
    let database = database.options([("statement_timeout", "2s")]);
    let (witness, seen) = async_channel::bounded(1);
    let sleep = async move || {
        let _witness = Witness(witness);
        let mut connection = database.connect().await?;
        let sleep = sqlx::query("SELECT pg_sleep(3600)");
        sleep.execute(&mut connection).await
    };
    let begin = Instant::now();
    if let Ok(ended) = timeout(Duration::from_millis(100), bridge.run(sleep)).await {
        ended?;
    }
    let thread = seen.recv().await?;
    let took = begin.elapsed();
    Ok(format!(
        "a query of an hour, given up after 100 ms: `{thread}` dropped it at {took:.0?}"
    ))
}

async fn show(out: &mut impl Write, bridge: &Bridge, database: PgConnectOptions) -> Result<()> {
    let pool = connect(bridge, &database).await?;
    let here = this_thread();
    writeln!(
        out,
        "buzzer runs on the thread `{here}`, sqlx on a side thread."
    )?;

    writeln!(out, "\n1. A query runs there and is awaited here.")?;
    writeln!(out, "   {}", one_query(bridge, pool.clone()).await?)?;

    writeln!(
        out,
        "\n2. A transaction calls back: only `{here}` has the tickets."
    )?;
    writeln!(out, "   {}", a_transaction(bridge, pool.clone()).await?)?;

    writeln!(out, "\n3. Slow queries hold nobody up here.")?;
    writeln!(out, "   {}", slow_queries(bridge, pool.clone()).await?)?;

    writeln!(out, "\n4. An error comes over as what it is.")?;
    writeln!(out, "   {}", an_error(bridge, pool.clone()).await?)?;

    writeln!(out, "\n5. Giving up here is giving up there.")?;
    writeln!(out, "   {}", giving_up(bridge, database).await?)?;

    bridge.run(async move || pool.close().await).await;
    Ok(())
}

fn run(out: &mut impl Write) -> Result<()> {
    let Some(url) = Arguments::parse().database else {
        bail!("no database: name one, as in --database postgres://me@localhost/test");
    };
    let ours = url.starts_with("postgres://") || url.starts_with("postgresql://");
    ensure!(
        ours,
        "--database: a URL that begins with postgres:// is needed"
    );
    let database: PgConnectOptions = match url.parse() {
        Ok(database) => database,
        Err(error) => bail!("--database: {error}"),
    };
    let bridge = Bridge::start("tokio-side").context("can't start the side thread")?;
    buzzer::block_on(show(out, &bridge, database))?;
    drop(bridge);
    writeln!(
        out,
        "\nThe connections are closed; the side thread has ended."
    )?;
    Ok(())
}

fn main() -> ExitCode {
    exit::code("bridge", run(&mut io::stdout()))
}
