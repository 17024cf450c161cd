//! `/cache/{key}`, with a Redis of its own.

use std::thread;

use crate::redis::Redis;
use crate::service::{Service, request};

fn start(redis: &Redis, arguments: &[&str]) -> Service {
    Service::start(&[&["--redis", &redis.url()], arguments].concat())
}

#[test]
fn values_are_kept_replaced_and_removed() {
    let Some(redis) = Redis::started() else {
        return;
    };
    let service = start(&redis, &[]);
    let key = "/cache/greeting";
    let answer = service.get(key);
    assert_eq!((answer.status, answer.text()), (404, "no such key\n"));
    assert_eq!(service.ask("PUT", key, b"hello").status, 204);
    assert_eq!(service.get(key).text(), "hello");
    let bytes = [0, 13, 10, 255, b'$'];
    assert_eq!(service.ask("PUT", key, &bytes).status, 204);
    let answer = service.get(key);
    assert_eq!((answer.status, &answer.body[..]), (200, &bytes[..]));
    assert_eq!(
        answer.header("content-type"),
        Some("application/octet-stream")
    );
    assert_eq!(service.ask("PUT", key, b"").status, 204);
    let answer = service.get(key);
    assert_eq!((answer.status, answer.text()), (200, ""));
    assert_eq!(service.ask("DELETE", key, b"").status, 204);
    assert_eq!(service.ask("DELETE", key, b"").status, 404);
    assert_eq!(service.get(key).status, 404);
    assert_eq!(service.ask("POST", key, b"x").status, 405);
}

#[test]
fn keys_are_taken_as_they_are() {
    let Some(redis) = Redis::started() else {
        return;
    };
    let service = start(&redis, &[]);
    let longest = "k".repeat(250);
    let keys = [
        "a%20b",
        "a%0d%0aDEL%20x",
        "%00",
        "caf%C3%A9",
        "*",
        "a%2Fb",
        &longest,
    ];
    for (number, key) in keys.iter().enumerate() {
        let value = number.to_string();
        assert_eq!(
            service
                .ask("PUT", &format!("/cache/{key}"), value.as_bytes())
                .status,
            204
        );
    }
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(
            service.get(&format!("/cache/{key}")).text(),
            number.to_string()
        );
    }
    assert_eq!(service.get(&format!("/cache/{longest}k")).status, 400);
    assert_eq!(service.get("/cache/").status, 404);
    assert_eq!(service.get("/cache/a/b").status, 404);
}

#[test]
fn a_large_value_comes_back_whole_and_one_above_the_limit_is_refused() {
    let Some(redis) = Redis::started() else {
        return;
    };
    let service = start(&redis, &[]);
    let value: Vec<u8> = (0..1024 * 1024).map(|at| (at / 251) as u8).collect();
    assert_eq!(service.ask("PUT", "/cache/large", &value).status, 204);
    assert!(service.get("/cache/large").body == value);
    let larger = vec![0; 1024 * 1024 + 1];
    assert_eq!(service.ask("PUT", "/cache/large", &larger).status, 413);
    assert!(service.get("/cache/large").body == value);
}

#[test]
fn a_life_is_a_number_of_seconds() {
    let Some(redis) = Redis::started() else {
        return;
    };
    let service = start(&redis, &[]);
    for ttl in ["0", "-1", "x", "1.5", "31536001", "99999999999999999999"] {
        let answer = service.ask("PUT", &format!("/cache/a?ttl={ttl}"), b"x");
        assert_eq!(answer.status, 400, "{ttl}");
    }
    assert_eq!(service.get("/cache/a").status, 404);
    assert_eq!(service.ask("PUT", "/cache/a?ttl=1", b"x").status, 204);
    assert_eq!(service.get("/cache/a").status, 200);
    // Redis ends it, some time after a second.
    while service.get("/cache/a").status == 200 {
        thread::yield_now();
    }
    assert_eq!(service.get("/cache/a").status, 404);
}

#[test]
fn many_clients_share_one_connection_and_each_gets_its_own_answer() {
    let Some(redis) = Redis::started() else {
        return;
    };
    let service = start(&redis, &["--query-time", "20s"]);
    assert_eq!(service.get("/cache/a").status, 404);
    let before = service.descriptors();
    thread::scope(|scope| {
        for number in 0..50 {
            let service = &service;
            scope.spawn(move || {
                let mut client = service.connect();
                let key = format!("/cache/{number}");
                for round in 0..20 {
                    let value = format!("{number} {round}");
                    client.send(&request("PUT", &key, &[], value.as_bytes()));
                    assert_eq!(client.answer().status, 204);
                    client.send(&request("GET", &key, &[], b""));
                    assert_eq!(client.answer().text(), value);
                }
            });
        }
    });
    service.wait_for_descriptors(before);
}
