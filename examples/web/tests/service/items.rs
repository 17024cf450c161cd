//! `/items`, with a PostgreSQL of its own.

use std::thread;
use std::time::{Duration, Instant};

use buzzer::net::TcpStream;
use rustix::process::Pid;
use tokio_postgres::{Client, Config, NoTls};

use crate::outages::Frozen;
use crate::postgres::Postgres;
use crate::service::{Answer, Service, request};

fn start(postgres: &Postgres, arguments: &[&str]) -> Service {
    Service::start(&[&["--postgres", &postgres.url()], arguments].concat())
}

fn create(service: &Service, json: &str) -> Answer {
    let mut client = service.connect();
    let headers = ["content-type: application/json", "connection: close"];
    client.send(&request("POST", "/items", &headers, json.as_bytes()));
    client.answer()
}

/// A session of the test's own with the server.
async fn session(postgres: &Postgres) -> Client {
    let config: Config = postgres.url().parse().expect("it is one");
    let stream = TcpStream::connect(("127.0.0.1", postgres.port())).await;
    let stream = stream.expect("it listens");
    let (client, connection) = config
        .connect_raw(stream, NoTls)
        .await
        .expect("it lets us in");
    buzzer::spawn(async move { _ = connection.await });
    client
}

#[test]
fn items_are_created_listed_and_found() {
    let Some(postgres) = Postgres::started() else {
        return;
    };
    let service = start(&postgres, &[]);
    let answer = service.get("/items");
    assert_eq!((answer.status, answer.text()), (200, "[]"));
    assert_eq!(answer.header("content-type"), Some("application/json"));

    let answer = create(&service, r#"{"name": "espresso"}"#);
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("location"), Some("/items/1"));
    assert_eq!(answer.text(), r#"{"id":1,"name":"espresso"}"#);
    assert_eq!(create(&service, r#"{"name": "crème"}"#).status, 201);

    let answer = service.get("/items");
    let all = r#"[{"id":2,"name":"crème"},{"id":1,"name":"espresso"}]"#;
    assert_eq!((answer.status, answer.text()), (200, all));
    let answer = service.get("/items/2");
    assert_eq!(
        (answer.status, answer.text()),
        (200, r#"{"id":2,"name":"crème"}"#)
    );

    assert_eq!(service.get("/items/3").status, 404);
    for id in ["0", "-1", "9223372036854775807"] {
        assert_eq!(service.get(&format!("/items/{id}")).status, 404, "{id}");
    }
    for id in [
        "x",
        "1.5",
        "9223372036854775808",
        "1%3B%20drop%20table%20items",
    ] {
        assert_eq!(service.get(&format!("/items/{id}")).status, 400, "{id}");
    }
    assert_eq!(service.ask("DELETE", "/items", b"").status, 405);
    assert_eq!(service.ask("PUT", "/items/1", b"x").status, 405);

    // What is stored is there for the next one.
    drop(service);
    let service = start(&postgres, &[]);
    assert_eq!(service.get("/items").text(), all);
}

#[test]
fn a_database_may_be_named_by_the_folder_of_its_unix_socket() {
    let Some(mut postgres) = Postgres::started() else {
        return;
    };
    let service = Service::start(&["--postgres", &postgres.unix_url()]);
    assert_eq!(create(&service, r#"{"name": "espresso"}"#).status, 201);
    assert_eq!(
        service.get("/items").text(),
        r#"[{"id":1,"name":"espresso"}]"#
    );
    postgres.stop();
    assert_eq!(service.get("/items").status, 503);
    postgres.start();
    assert_eq!(service.get("/items").status, 200);
}

#[test]
fn a_query_may_take_longer_than_the_server_could_be_told() {
    let Some(postgres) = Postgres::started() else {
        return;
    };
    let service = start(&postgres, &["--query-time", "1000years"]);
    assert_eq!(service.get("/items").status, 200);
}

#[test]
fn names_are_taken_as_they_are_or_refused() {
    let Some(postgres) = Postgres::started() else {
        return;
    };
    let service = start(&postgres, &[]);
    let longest = "é".repeat(200);
    for name in [
        "x'; drop table items; --",
        "$1",
        "%s",
        "\\\\",
        "\\\"",
        "\\u00e9",
        "\\ud83d\\ude00",
        &longest,
    ] {
        let answer = create(&service, &format!(r#"{{"name": "{name}"}}"#));
        assert_eq!(answer.status, 201, "{name}: {answer:?}");
        let id = answer.header("location").expect("it says where").to_owned();
        assert_eq!(service.get(&id).text(), answer.text(), "{name}");
    }
    let too_long = "é".repeat(201);
    for name in ["", "\\u0000", &too_long] {
        let answer = create(&service, &format!(r#"{{"name": "{name}"}}"#));
        assert_eq!(answer.status, 422, "{name}: {answer:?}");
    }
    // A half of a pair of surrogates is no text at all.
    assert_eq!(create(&service, r#"{"name": "\ud83d"}"#).status, 400);
}

#[test]
fn a_list_is_of_the_newest_hundred() {
    let Some(postgres) = Postgres::started() else {
        return;
    };
    let service = start(&postgres, &[]);
    assert_eq!(service.get("/items").status, 200);
    buzzer::block_on(async {
        let session = session(&postgres).await;
        let fill = "insert into items (name) select 'x' from generate_series(1, 150)";
        session.execute(fill, &[]).await.expect("it takes them");
    });
    let answer = service.get("/items");
    assert_eq!(answer.text().matches("\"id\"").count(), 100);
    assert!(answer.text().starts_with(r#"[{"id":150,"#));
    assert!(answer.text().ends_with(r#"{"id":51,"name":"x"}]"#));
}

#[test]
fn many_clients_share_few_connections() {
    let Some(postgres) = Postgres::started() else {
        return;
    };
    let service = start(&postgres, &["--pool-size", "3", "--query-time", "30s"]);
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| {
                assert_eq!(create(&service, r#"{"name": "espresso"}"#).status, 201);
                assert_eq!(service.get("/items").status, 200);
            });
        }
    });
    let sessions = buzzer::block_on(async {
        let session = session(&postgres).await;
        let count = "select count(*) from pg_stat_activity where backend_type = 'client backend'";
        let row = session.query_one(count, &[]).await.expect("it counts");
        row.get::<_, i64>(0) - 1
    });
    assert!((1..=3).contains(&sessions), "{sessions}");
    assert!(service.get("/items/50").status == 200 && service.get("/items/51").status == 404);
}

#[test]
fn a_query_that_takes_too_long_is_given_up_on_both_sides() {
    let Some(postgres) = Postgres::started() else {
        return;
    };
    let service = start(&postgres, &["--query-time", "500ms", "--pool-size", "1"]);
    service.wait_for("/items", 200);
    let before = service.descriptors();
    buzzer::block_on(async {
        let session = session(&postgres).await;
        let lock = "begin; lock table items in access exclusive mode";
        session
            .batch_execute(lock)
            .await
            .expect("nobody else has it");

        let asked = Instant::now();
        let (held, behind) = thread::scope(|scope| {
            let held = scope.spawn(|| service.get("/items"));
            let behind = scope.spawn(|| service.get("/items"));
            (
                held.join().expect("no panic"),
                behind.join().expect("no panic"),
            )
        });
        assert!(asked.elapsed() >= Duration::from_millis(500));
        let mut statuses = [held.status, behind.status];
        statuses.sort_unstable();
        // The one at work was late; the other waited for the one connection, as long.
        // (Just as it gives up it may get its turn, and is late then.)
        assert!(
            statuses == [503, 504] || statuses == [504, 504],
            "{statuses:?}"
        );
        let late = if held.status == 504 { &held } else { &behind };
        assert_eq!(late.text(), "the database did not answer within 500ms\n");

        // And the server does not wait on for the lock in their place.
        let waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let row = session.query_one(waiting, &[]).await.expect("it counts");
            if row.get::<_, i64>(0) == 0 {
                break;
            }
            assert!(Instant::now() < deadline, "a query still waits");
        }
        session.batch_execute("rollback").await.expect("it ends");
    });
    service.wait_for("/items", 200);
    service.wait_for_descriptors(before);
}

#[test]
fn clients_that_vanish_during_a_query_take_no_connection_with_them() {
    let Some(postgres) = Postgres::started() else {
        return;
    };
    let service = start(&postgres, &["--query-time", "20s", "--pool-size", "2"]);
    assert_eq!(service.get("/items").status, 200);
    let before = service.descriptors();
    buzzer::block_on(async {
        let session = session(&postgres).await;
        let lock = "begin; lock table items in access exclusive mode";
        session
            .batch_execute(lock)
            .await
            .expect("nobody else has it");
        for _ in 0..10 {
            let mut client = service.connect();
            client.send(&request("GET", "/items", &[], b""));
        }
        // They are all gone, although no query has been answered.
        service.wait_for_descriptors(before);
        session.batch_execute("rollback").await.expect("it ends");
    });
    assert_eq!(service.get("/items").status, 200);
    service.wait_for_descriptors(before);
}

#[test]
fn a_wrong_password_is_an_outage_and_told_to_the_log_only() {
    let Some(postgres) = Postgres::started() else {
        return;
    };
    let url = format!(
        "postgres://buzzer:wrong@127.0.0.1:{}/postgres",
        postgres.port()
    );
    let mut service = Service::start(&["--postgres", &url]);
    let answer = service.get("/items");
    assert_eq!(
        (answer.status, answer.text()),
        (503, "the database is away\n")
    );
    let line = service.program.line_with("the database is away");
    let line = line.expect("it is logged");
    assert!(line.contains("password authentication failed"), "{line}");
}

#[test]
fn a_connection_whose_server_hangs_is_closed_and_not_waited_for() {
    let Some(postgres) = Postgres::started() else {
        return;
    };
    let service = start(&postgres, &["--query-time", "300ms", "--pool-size", "1"]);
    let before = service.descriptors();
    service.wait_for("/items", 200);
    let pid = buzzer::block_on(async {
        let session = session(&postgres).await;
        // The newest: one that was given up before may still be ending.
        let other = "select pid from pg_stat_activity \
                     where backend_type = 'client backend' and pid <> pg_backend_pid() \
                     order by backend_start desc limit 1";
        let row = session.query_one(other, &[]).await.expect("there is one");
        Pid::from_raw(row.get::<_, i32>(0)).expect("not zero")
    });
    let frozen = Frozen::new(pid);
    let late = service.get("/items").status;
    // Its socket was closed, although no answer came.
    service.wait_for_descriptors(before);
    drop(frozen);
    assert_eq!(late, 504);
    service.wait_for("/items", 200);
}
