//! The private servers themselves: that they come, go, come again, and leave nothing.

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/program.rs"]
mod program;
#[path = "support/redis.rs"]
mod redis;

use std::net::TcpStream;

use postgres::Postgres;
use redis::Redis;

#[test]
fn postgres_stops_starts_again_at_its_port_and_leaves_nothing() {
    let Some(mut server) = Postgres::started() else {
        return;
    };
    let (port, directory) = (server.port(), server.directory().to_owned());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    server.stop();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    server.start();
    assert_eq!(server.port(), port);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!directory.exists());
}

#[test]
fn redis_stops_starts_again_at_its_port_and_leaves_nothing() {
    let Some(mut server) = Redis::started() else {
        return;
    };
    let port = server.port();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    server.stop();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    server.start();
    assert_eq!(server.port(), port);
    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}
