//! echo_server, graceful_shutdown, thread_per_core: as demonstrations, and as servers
//! with these tests for clients. And gui_loop, which is none.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;

use rustix::process::Signal;

use crate::support::{Client, Running, assert_fits_a_terminal, example, golden, run};

/// `text` with letters for the ports of this machine, A for the first.
fn without_ports(text: &str) -> String {
    let mut ports = Vec::new();
    let mut parts = text.split("127.0.0.1:");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit());
        let (port, rest) = part.split_at(end.unwrap_or(part.len()));
        if !ports.contains(&port) {
            ports.push(port);
        }
        let known = ports.iter().position(|known| *known == port);
        let letter = (b'A'..)
            .nth(known.expect("it was just added"))
            .expect("few ports");
        masked += &format!("127.0.0.1:{}{rest}", char::from(letter));
    }
    masked
}

#[test]
fn echo_server_serves_three_clients_at_once_and_loses_one() {
    let run = run(&mut example("echo_server"));
    assert_fits_a_terminal(&run.stdout);
    // The server learns of a lost connection while the others go on, so when it says
    // so is not certain, but in which order it says what of each connection.
    let by_speaker = |text: &str| -> BTreeMap<String, Vec<String>> {
        let mut lines = BTreeMap::<_, Vec<_>>::new();
        for line in text.lines() {
            let speaker = match line.strip_prefix("  127") {
                Some(server) => server.split(' ').next(),
                None => Some("clients"),
            };
            let line = match line.split_once("; ") {
                Some((line, open)) if !line.ends_with("came") => {
                    assert!(open.ends_with(" open"), "{open}");
                    line
                }
                _ => line,
            };
            let speaker = speaker.unwrap_or_default().to_owned();
            lines.entry(speaker).or_default().push(line.to_owned());
        }
        lines
    };
    assert_eq!(
        by_speaker(&without_ports(&run.stdout)),
        by_speaker(&without_ports(&golden("echo_server.txt")))
    );
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn echo_server_goes_on_after_a_connection_is_reset() {
    let (mut server, address) = Running::server("echo_server", "Echoing at ");
    let mut first = Client::connect(address);
    assert!(server.line().ends_with(" came; 1 open"));
    let second = Client::connect(address);
    assert!(server.line().ends_with(" came; 2 open"));
    first.says("mocha\n");
    first.hears("mocha");
    // To close a socket with something unread in it resets the connection.
    second.get().write_all(b"latte\n").expect("sent");
    second.get().peek(&mut [0]).expect("the echo is there");
    drop(second);
    let lost = server.line();
    assert!(lost.contains(" is lost: Connection reset"), "{lost}");
    assert!(lost.ends_with("; 1 open"), "{lost}");
    first.says("another\n");
    first.hears("another");
    let mut third = Client::connect(address);
    assert!(server.line().ends_with(" came; 2 open"));
    third.says("espresso\n");
    third.hears("espresso");
    drop(first);
    assert!(server.line().ends_with(" left after 14 bytes; 1 open"));
    assert_eq!(server.kill().stderr, "");
}

#[test]
fn echo_server_gives_a_mebibyte_back_whole() {
    let (server, address) = Running::server("echo_server", "Echoing at ");
    let sent: Vec<u8> = (0..1_u32 << 18).flat_map(u32::to_le_bytes).collect();
    let client = Client::connect(address);
    let mut received = Vec::new();
    thread::scope(|threads| {
        threads.spawn(|| {
            client.get().write_all(&sent).expect("sent");
            client
                .get()
                .shutdown(std::net::Shutdown::Write)
                .expect("shut down");
        });
        client.get().read_to_end(&mut received).expect("received");
    });
    assert!(received == sent, "{} bytes came back", received.len());
    assert_eq!(server.kill().stderr, "");
}

/// What graceful_shutdown prints, with the events of each time line in their order
/// but without the widths between them, which are never the same.
fn events_only(drawn: &str) -> Vec<String> {
    let clients = ["Ada", "Grace", "Edsger", "Barbara"];
    let line = |line: &str| {
        if !clients.iter().any(|name| line.starts_with(name)) {
            return line.to_owned();
        }
        let (name, rest) = line.split_at(8);
        let (picture, what) = rest.split_at(50);
        let mut events: Vec<char> = picture.chars().collect();
        events.retain(|event| !" |".contains(*event));
        events.dedup();
        format!("{name}{}{what}", String::from_iter(events))
    };
    drawn.lines().map(line).collect()
}

#[test]
fn graceful_shutdown_draws_what_became_of_each_client() {
    let run = run(&mut example("graceful_shutdown"));
    assert_fits_a_terminal(&run.stdout);
    let drawn = events_only(&run.stdout);
    assert_eq!(drawn, events_only(&golden("graceful_shutdown.txt")));
    assert!(
        drawn.contains(&"Ada     =ox  answered, let go".to_owned()),
        "{drawn:?}"
    );
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

/// Lets one of two clients order, stops the server with `signal`, and expects the
/// order to be answered, the other client to be let go and a third to be refused.
fn stop_gracefully(signal: Signal, name: &str) {
    let (mut server, address) = Running::server("graceful_shutdown", "Taking orders at ");
    let mut idle = Client::connect(address);
    idle.says("espresso 0\n");
    idle.hears("espresso takes 0 ms");
    idle.hears("espresso is ready");
    let mut served = Client::connect(address);
    served.says("latte 300\n");
    served.hears("latte takes 300 ms");

    server.signal(signal);
    assert_eq!(
        server.line(),
        format!("{name}: no new connections; 2 to be ended")
    );
    assert_eq!(idle.line(), None);
    let refused = TcpStream::connect(address).expect_err("nobody listens any more");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    served.hears("latte is ready");
    assert_eq!(served.line(), None);

    let run = server.end();
    assert_eq!(run.stdout, "every order begun was answered\n");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn graceful_shutdown_answers_what_was_ordered_before_sigterm() {
    stop_gracefully(Signal::TERM, "SIGTERM");
}

#[test]
fn graceful_shutdown_answers_what_was_ordered_before_ctrl_c() {
    stop_gracefully(Signal::INT, "SIGINT");
}

#[test]
fn graceful_shutdown_ends_at_once_when_nobody_is_connected() {
    let (mut server, address) = Running::server("graceful_shutdown", "Taking orders at ");
    let mut gone = Client::connect(address);
    gone.says("tea please\n");
    gone.hears("? say a drink and the milliseconds it takes: espresso 300");
    gone.get()
        .shutdown(std::net::Shutdown::Write)
        .expect("shut down");
    assert_eq!(gone.line(), None);
    server.signal(Signal::TERM);
    assert!(server.line().starts_with("SIGTERM: no new connections; "));
    let run = server.end();
    assert_eq!(run.stdout, "every order begun was answered\n");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn graceful_shutdown_begins_no_order_after_the_signal() {
    let (mut server, address) = Running::server("graceful_shutdown", "Taking orders at ");
    let mut client = Client::connect(address);
    // Both in one piece, so the server has the second while it is at the first.
    client.says("latte 200\nespresso 86400000\n");
    client.hears("latte takes 200 ms");
    server.signal(Signal::TERM);
    assert_eq!(server.line(), "SIGTERM: no new connections; 1 to be ended");
    client.hears("latte is ready");
    assert_eq!(client.line(), None);
    let run = server.end();
    assert_eq!(run.stdout, "every order begun was answered\n");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn graceful_shutdown_waits_no_longer_after_a_second_signal() {
    let (mut server, address) = Running::server("graceful_shutdown", "Taking orders at ");
    let mut client = Client::connect(address);
    client.says("cold brew 86400000\n");
    client.hears("cold brew takes 86400000 ms");
    server.signal(Signal::TERM);
    assert_eq!(server.line(), "SIGTERM: no new connections; 1 to be ended");
    server.signal(Signal::INT);
    let run = server.end();
    assert_eq!(
        run.stderr,
        "graceful_shutdown: 1 cut off by a second signal, SIGINT\n"
    );
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert_eq!(client.line(), None);
}

#[test]
fn graceful_shutdown_waits_no_longer_than_its_limit() {
    let mut command = example("graceful_shutdown");
    let mut server = Running::start(command.args(["127.0.0.1:0", "0"]));
    let address = server.address("Taking orders at ");
    let mut client = Client::connect(address);
    client.says("cold brew 86400000\n");
    client.hears("cold brew takes 86400000 ms");
    server.signal(Signal::INT);
    assert_eq!(server.line(), "SIGINT: no new connections; 1 to be ended");
    let run = server.end();
    assert_eq!(run.stderr, "graceful_shutdown: 1 cut off after 0 s\n");
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert_eq!(client.line(), None);
}

/// The numbers of the table's rows, one for each core that this process may use, and
/// how many connections the table counts in all.
fn core_counts(table: &str) -> (BTreeMap<usize, u32>, u32) {
    let (_, rows) = table.split_once("core  connections\n").expect("the table");
    let mut counts = BTreeMap::new();
    for row in rows.lines() {
        let mut cells = row.split_whitespace();
        let (core, count) = (cells.next().expect("a row"), cells.next().expect("a count"));
        let count = count.parse().expect("a number");
        match core.parse() {
            Ok(core) => counts.insert(core, count),
            Err(_) => return (counts, count),
        };
    }
    panic!("no sum in {table}");
}

#[cfg(not(target_os = "macos"))]
fn cores() -> BTreeSet<usize> {
    use rustix::thread::{CpuSet, sched_getaffinity};
    let allowed = sched_getaffinity(None).expect("it may be asked");
    (0..CpuSet::MAX_CPU)
        .filter(|&core| allowed.is_set(core))
        .collect()
}

#[cfg(target_os = "macos")]
fn cores() -> BTreeSet<usize> {
    let count = thread::available_parallelism().expect("it may be asked");
    (0..count.get()).collect()
}

#[test]
fn thread_per_core_shares_four_hundred_clients_among_all_cores() {
    let run = run(&mut example("thread_per_core"));
    assert_fits_a_terminal(&run.stdout);
    let first = format!("{} cores serve 127.0.0.1:", cores().len());
    assert!(run.stdout.starts_with(&first), "{}", run.stdout);
    assert!(
        run.stdout.contains("\n400 clients were answered\n"),
        "{}",
        run.stdout
    );
    let (counts, sum) = core_counts(&run.stdout);
    assert!(counts.keys().eq(&cores()), "{counts:?}");
    assert_eq!((counts.values().sum::<u32>(), sum), (400, 400));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn thread_per_core_ends_on_all_cores_at_ctrl_c_and_has_counted_each_client() {
    let (mut server, address) = Running::server("thread_per_core", " cores serve ");
    assert_eq!(server.line(), "Ctrl-C ends them");
    let mut seen = BTreeMap::<usize, BTreeSet<u32>>::new();
    for _ in 0..50 {
        let mut client = Client::connect(address);
        let answer = client.line().expect("an answer");
        let (core, number) = answer.split_once(", connection ").expect("both");
        let core = core
            .strip_prefix("core ")
            .and_then(|core| core.parse().ok());
        let numbers = seen.entry(core.expect("a core")).or_default();
        numbers.insert(number.parse().expect("a number"));
        assert_eq!(client.line(), None);
    }
    server.signal(Signal::INT);
    let run = server.end();
    let (counts, sum) = core_counts(&run.stdout);
    assert_eq!(sum, 50);
    // Each core has counted for itself, from 1.
    for (core, count) in counts {
        let numbers = seen.remove(&core).unwrap_or_default();
        assert_eq!(numbers, (1..=count).collect(), "core {core}");
    }
    assert!(seen.is_empty(), "no row for {seen:?}");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn gui_loop_draws_while_tasks_run_unless_it_waits_in_block_on() {
    let run = run(example("gui_loop").arg("240"));
    assert_fits_a_terminal(&run.stdout);
    let ways: Vec<&str> = run.stdout.split("\n\n").skip(1).collect();
    let [turns, block_on] = ways[..] else {
        panic!("two ways were expected: {}", run.stdout);
    };
    let mut frames = Vec::new();
    for (way, name) in [(turns, "Runtime::turn"), (block_on, "Runtime::block_on")] {
        assert!(
            way.lines().next().is_some_and(|title| title.contains(name)),
            "{way}"
        );
        let done = "socket [############]  file [############]  timer [############]";
        assert!(way.contains(done), "{way}");
        let (_, figures) = way.split_once("frames while they ran: ").expect("figures");
        let (drawn, gap) = figures
            .split_once("; the longest time from one to the next: ")
            .expect("both");
        let gap = gap.trim().strip_suffix(" ms").expect("a time");
        let drawn: usize = drawn.parse().expect("a number");
        let gap: f64 = gap.parse().expect("a number");
        frames.push((drawn, gap));
    }
    let [(drawn, _), (drawn_in_block_on, gap)] = frames[..] else {
        unreachable!("two ways");
    };
    assert!(drawn > 0, "{turns}");
    assert_eq!(drawn_in_block_on, 0, "{block_on}");
    // It can't be less than the tasks take.
    assert!(gap >= 240.0, "{block_on}");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}
