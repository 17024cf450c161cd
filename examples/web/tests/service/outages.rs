//! PostgreSQL and Redis come and go under load: meanwhile it is 503, after it all is
//! well, and nothing is left behind.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::service::{Service, request};

/// Clients that ask the same thing all the time, each on its connection.
struct Load<'a> {
    service: &'a Service,
    request: Vec<u8>,
    over: AtomicBool,
    statuses: Mutex<BTreeSet<u16>>,
}

impl<'a> Load<'a> {
    fn new(service: &'a Service, request: Vec<u8>) -> Self {
        Self {
            service,
            request,
            over: AtomicBool::new(false),
            statuses: Mutex::default(),
        }
    }

    /// Runs `body` while 16 clients ask, and returns the statuses they got.
    fn during(&self, body: impl FnOnce()) -> Vec<u16> {
        thread::scope(|scope| {
            let clients: Vec<_> = (0..16).map(|_| scope.spawn(|| self.ask())).collect();
            // Also when the body fails: the clients would never end.
            let _over = OnDrop(|| self.over.store(true, Ordering::Relaxed));
            body();
            drop(_over);
            clients
                .into_iter()
                .for_each(|client| client.join().expect("it is answered"));
        });
        let statuses = self.statuses.lock().expect("nobody panicked");
        statuses.iter().copied().collect()
    }

    fn ask(&self) {
        let mut client = self.service.connect();
        while !self.over.load(Ordering::Relaxed) {
            client.send(&self.request);
            let answer = client.answer();
            if answer.status == 503 {
                assert_eq!(answer.header("retry-after"), Some("1"));
            }
            self.statuses
                .lock()
                .expect("nobody panicked")
                .insert(answer.status);
        }
    }
}

struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn postgres_comes_and_goes_under_load() {
    let Some(mut postgres) = Postgres::started() else {
        return;
    };
    let mut service = Service::start(&["--postgres", &postgres.url(), "--pool-size", "4"]);
    let json = ["content-type: application/json"];
    let create = request("POST", "/items", &json, br#"{"name": "espresso"}"#);
    let load = Load::new(&service, create);
    let before = service.descriptors();
    let statuses = load.during(|| {
        load.service.wait_for("/items", 200);
        for _ in 0..3 {
            postgres.stop();
            load.service.wait_for("/items", 503);
            postgres.start();
            load.service.wait_for("/items", 200);
        }
    });
    assert_eq!(statuses, [201, 503]);
    // What the pool keeps, and nothing else.
    service.wait_for_descriptors(before + 4);
    // Each outage was logged when it began and when it ended, not with each request.
    service.program.stop();
    let log = service.program.log();
    let said = |what: &str| log.iter().filter(|line| line.contains(what)).count();
    assert!(said("the database is away: ") >= 3, "{log:#?}");
    assert!(said("the database is back") >= 3, "{log:#?}");
    assert!(log.len() < 1000, "{} lines", log.len());
}

#[test]
fn redis_comes_and_goes_under_load() {
    let Some(mut redis) = Redis::started() else {
        return;
    };
    let service = Service::start(&["--redis", &redis.url()]);
    let load = Load::new(&service, request("PUT", "/cache/a", &[], b"hello"));
    let before = service.descriptors();
    let statuses = load.during(|| {
        load.service.wait_for("/cache/b", 404);
        for _ in 0..3 {
            redis.stop();
            load.service.wait_for("/cache/b", 503);
            redis.start();
            load.service.wait_for("/cache/b", 404);
        }
    });
    assert_eq!(statuses, [204, 503]);
    // Its one connection, and nothing else.
    service.wait_for_descriptors(before + 1);
}

#[test]
fn the_service_starts_without_them_and_finds_them_later() {
    let (Some(mut postgres), Some(mut redis)) = (Postgres::started(), Redis::started()) else {
        return;
    };
    postgres.stop();
    redis.stop();
    let service = Service::start(&["--postgres", &postgres.url(), "--redis", &redis.url()]);
    for path in ["/items", "/items/1", "/cache/a"] {
        let answer = service.get(path);
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, Some("1")),
            "{path}"
        );
    }
    // What does not need them does not mind.
    assert_eq!(service.get("/good?ms=0").status, 200);
    postgres.start();
    redis.start();
    assert_eq!(service.get("/items").status, 200);
    assert_eq!(service.get("/cache/a").status, 404);
}

/// Stops a process for as long as this is there: it is not gone, but says nothing.
pub struct Frozen(Pid);

impl Frozen {
    pub fn new(pid: Pid) -> Self {
        kill_process(pid, Signal::STOP).expect("it is ours");
        Self(pid)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        kill_process(self.0, Signal::CONT).expect("it is ours");
    }
}

#[test]
fn a_redis_that_says_nothing_is_away_after_the_time_and_back_when_it_speaks() {
    let Some(redis) = Redis::started() else {
        return;
    };
    let service = Service::start(&["--redis", &redis.url(), "--query-time", "300ms"]);
    service.wait_for("/cache/a", 404);
    let before = service.descriptors();
    let frozen = Frozen::new(redis.pid());
    for _ in 0..3 {
        let start = Instant::now();
        assert_eq!(service.get("/cache/a").status, 503);
        assert!(start.elapsed() >= Duration::from_millis(300));
    }
    drop(frozen);
    service.wait_for("/cache/a", 404);
    service.wait_for_descriptors(before);
}

#[test]
fn a_postgres_that_says_nothing_to_new_connections_is_away_after_the_time() {
    let Some(postgres) = Postgres::started() else {
        return;
    };
    let service = Service::start(&["--postgres", &postgres.url(), "--query-time", "300ms"]);
    let before = service.descriptors();
    // The first process starts one for each connection; the kernel accepts without it.
    let frozen = Frozen::new(postgres.pid());
    let start = Instant::now();
    assert_eq!(service.get("/items").status, 503);
    assert!(start.elapsed() >= Duration::from_millis(300));
    service.wait_for_descriptors(before);
    drop(frozen);
    // It is busy with those who have left, and may be late once more.
    service.wait_for("/items", 200);
}
