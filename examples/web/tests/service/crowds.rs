//! More clients than the service has places or descriptors for.

use std::cell::Cell;
use std::io::{ErrorKind, Read};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::TcpStream;
use buzzer::sync::{mpsc, watch};
use buzzer::time::timeout;
use rustix::process::{Resource, Rlimit, getrlimit, prlimit, setrlimit};

use crate::service::{PATIENCE, Service, request};

/// Lets this process have as many descriptors as the system allows.
fn many_descriptors() {
    let limits = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limits.maximum,
        ..limits
    };
    setrlimit(Resource::Nofile, raised).expect("up to the maximum it may be raised");
}

#[test]
fn two_thousand_clients_at_a_limit_of_five_hundred_are_all_served() {
    many_descriptors();
    // Nobody is let go who does not leave.
    let times = ["--header-time", "1h", "--idle-time", "1h"];
    let service = Service::start(&[&["--max-connections", "500"], &times[..]].concat());
    let before = service.descriptors();
    let most = Rc::new(Cell::new(0));
    buzzer::block_on(async {
        let (tell, mut served) = mpsc::unbounded_channel();
        let (let_go, may_leave) = watch::channel(false);
        let mut clients = Vec::new();
        for _ in 0..2000 {
            let (address, tell) = (service.address, tell.clone());
            let mut may_leave = may_leave.clone();
            clients.push(buzzer::spawn(async move {
                let mut stream = TcpStream::connect(address).await.expect("it listens");
                let get = request("GET", "/good?ms=0", &[], b"");
                stream.write_all(&get).await.expect("it takes it");
                let (mut answer, mut part) = (Vec::new(), [0; 1024]);
                while !answer.ends_with(b"\r\n\r\nawaited 0ns\n") {
                    let count = stream.read(&mut part).await.expect("it answers");
                    assert!(count > 0, "{}", answer.escape_ascii());
                    answer.extend_from_slice(&part[..count]);
                }
                assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
                tell.send(()).expect("it is heard");
                may_leave.wait_for(|may| *may).await.expect("it is said");
            }));
        }
        let sample = async {
            loop {
                most.set(most.get().max(service.descriptors()));
                buzzer::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let all = async {
            for number in 0..500 {
                let next = timeout(PATIENCE, served.recv()).await;
                assert!(next.is_ok(), "{number} are served at once");
            }
            // One descriptor for each, and none for who has to wait for a place.
            assert_eq!(service.descriptors(), before + 500);
            let_go.send(true).expect("they wait for it");
            for client in clients {
                let served = timeout(PATIENCE, client).await;
                served.expect("in time").expect("each is served");
            }
        };
        buzzer::race!(all, sample).await;
    });
    assert_eq!(most.get(), before + 500);
    service.wait_for_descriptors(before);
    assert_eq!(service.get("/good?ms=0").status, 200);
}

#[test]
fn who_comes_when_all_places_are_taken_waits_until_one_is_free() {
    let service = Service::start(&["--max-connections", "3"]);
    let mut first: Vec<_> = (0..3).map(|_| service.connect()).collect();
    for client in &mut first {
        client.send(&request("GET", "/good?ms=0", &[], b""));
        assert_eq!(client.answer().status, 200);
    }
    let mut fourth = service.connect();
    fourth.send(&request("GET", "/good?ms=0", &[], b""));
    // The others are still served meanwhile, and the fourth is not.
    first[1].send(&request("GET", "/good?ms=100", &[], b""));
    assert_eq!(first[1].answer().status, 200);
    fourth.stream.set_nonblocking(true).expect("a socket");
    let error = fourth.stream.read(&mut [0]).expect_err("it waits");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    fourth.stream.set_nonblocking(false).expect("a socket");
    first.remove(1);
    assert_eq!(fourth.answer().status, 200);
}

#[test]
fn idle_connections_give_their_places_up() {
    let service = Service::start(&["--max-connections", "2", "--header-time", "300ms"]);
    let mut idle: Vec<_> = (0..2).map(|_| service.connect()).collect();
    for client in &mut idle {
        client.send(&request("GET", "/good?ms=0", &[], b""));
        assert_eq!(client.answer().status, 200);
    }
    assert_eq!(service.get("/good?ms=0").status, 200);
}

#[test]
fn without_descriptors_it_waits_without_spinning_and_serves_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("menu"), "espresso").expect("ours");
    let path = folder.path().to_str().expect("text");
    let mut service = Service::start(&["--files", path]);
    assert_eq!(service.get("/file/menu").status, 200);
    let before = service.descriptors();
    service.wait_for_descriptors(before);
    let free = 5;
    let limit = Some(service.limit_that_leaves(free));
    let few = Rlimit {
        current: limit,
        maximum: limit,
    };
    prlimit(Some(service.program.pid()), Resource::Nofile, few).expect("it is ours");

    let mut clients: Vec<_> = (0..50).map(|_| service.connect()).collect();
    for client in &mut clients[..free] {
        client.send(&request("GET", "/good?ms=0", &[], b""));
        assert_eq!(client.answer().status, 200);
    }
    let line = service.program.line_with("no connection can be accepted");
    let line = line.expect("it says why nobody else is served");
    assert!(line.contains("Too many open files"), "{line}");
    // Who is in is still served, as far as no descriptor is needed for it.
    clients[0].send(&request("GET", "/file/menu", &[], b""));
    let answer = clients[0].answer();
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (503, Some("1"))
    );

    let used = service.processor_time();
    thread::sleep(Duration::from_secs(1));
    let used = service.processor_time() - used;
    assert!(used < Duration::from_millis(200), "it spins: {used:?}");

    let mut waiting = clients.split_off(free);
    drop(clients);
    for client in &mut waiting {
        client.send(&request("GET", "/good?ms=0", &["connection: close"], b""));
        assert_eq!(client.answer().status, 200);
    }
    assert_eq!(service.get("/file/menu").status, 200);
    service.wait_for_descriptors(before);
    // Said once, not for each client or each try.
    service.program.stop();
    let said = service.program.log().iter();
    let said = said.filter(|line| line.contains("no connection can be accepted"));
    assert_eq!(said.count(), 1);
}
