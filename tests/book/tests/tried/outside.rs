//! The chapters of the real machine about what its tasks wait for: sockets, timers, other
//! threads, files.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::Duration;

use buzzer_book::root;

use super::copies::{
    Change, changed, changed_library, command, package, package_with, run, said, tried,
};

const READINESS: &str = "docs/book/programs/src/bin/readiness.rs";
const TIMERS: &str = "docs/book/programs/src/bin/timers.rs";
const OTHER_THREADS: &str = "docs/book/programs/src/bin/other_threads.rs";
const FILES: &str = "docs/book/programs/src/bin/files.rs";
const SOCKETS: &str = "docs/book/programs/src/bin/sockets.rs";

#[test]
fn readiness_a_waker_left_before_the_look_changes_nothing_on_one_thread() {
    let swapped = [
        (
            "        if let Some(seen) = self.side(wanted).ready {
            return (Poll::Ready(seen), Some(waker));
        }
        let id = *waiter",
            "        let id = *waiter",
        ),
        (
            "        (Poll::Pending, self.side(wanted).wait(id, waker))\n",
            "        let not_needed = self.side(wanted).wait(id, waker);
        match self.side(wanted).ready {
            Some(seen) => (Poll::Ready(seen), not_needed),
            None => (Poll::Pending, not_needed),
        }
",
        ),
    ];
    let file = "src/machine/reactor/readiness/mod.rs";
    let library = changed_library("readiness-library", &[(file, &swapped)]);
    let source = changed(&root().join(READINESS), &[]);
    let as_it_is = said(run(&package(
        "look-first",
        &root().join("executor"),
        &source,
    )));
    assert!(as_it_is.0, "{}", as_it_is.2);
    let swapped = said(run(&package("waker-first", &library, &source)));
    assert_eq!(swapped, as_it_is);
}

/// As it is printed: `300ns`, `10.7µs`.
fn duration(text: &str) -> Duration {
    let units = [("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)];
    let found = units.iter().find_map(|(unit, seconds)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(Duration::from_secs_f64(number * seconds))
    });
    found.unwrap_or_else(|| panic!("{text:?}"))
}

#[test]
fn timers_on_the_real_clock_are_never_early() {
    // Seconds of 10 ms each.
    let changes = [
        ("start_paused(true)", "start_paused(false)"),
        ("500_000_000", "5_000_000"),
        (
            "began + Duration::from_secs(1)",
            "began + Duration::from_millis(10)",
        ),
        (
            "timeout(Duration::from_secs(1), ",
            "timeout(Duration::from_millis(10), ",
        ),
    ];
    let (_, stdout, stderr) = tried("real-clock", TIMERS, &changes);
    // In which order is no promise here: who is first polled after its deadline does not
    // wait, and a machine may hold the program up for as long as it likes.
    let mut came: Vec<_> = stdout
        .lines()
        .map(|line| {
            let (after, what) = line.trim_start().split_once("  ").unwrap();
            (what, duration(after))
        })
        .collect();
    came.sort();
    let nanos = Duration::from_nanos;
    let due = [
        ("Err(Elapsed(()))", nanos(20_000_000)),
        ("a nanosecond", nanos(1)),
        ("an hour, moved to a second", nanos(10_000_000)),
        ("as late, and armed after it", nanos(300)),
        ("half a second", nanos(5_000_000)),
        ("no time at all", nanos(0)),
        ("the first to be armed", nanos(300)),
    ];
    assert_eq!(came.len(), due.len(), "{stdout}{stderr}");
    for ((what, came), (which, due)) in came.iter().zip(due) {
        assert_eq!(*what, which, "{stdout}");
        assert!(*came >= due, "{what} is early: {stdout}");
    }
}

#[test]
fn timers_that_are_due_only_after_their_deadline_never_are_on_a_paused_clock() {
    // A thousand turns: the program needs some ten.
    let by_hand = [(
        "    runtime.block_on(alarms())\n",
        "    let alarms = runtime.spawn(alarms());\n    \
             let mut turns = 0;\n    \
             while !alarms.is_finished() && turns < 1_000 {\n        \
                 runtime.turn(None)?;\n        turns += 1;\n    }\n    \
             println!(\"ended: {}\", alarms.is_finished());\n    Ok(())\n",
    )];
    let source = changed(&root().join(TIMERS), &by_hand);
    let broken = [("first.deadline > now", "first.deadline >= now")];
    let broken = changed_library("timers-library", &[("src/machine/timers.rs", &broken)]);
    for (name, library, ends) in [
        ("timers-as-they-are", &root().join("executor"), true),
        ("timers-broken", &broken, false),
    ] {
        let output = run(&package(name, library, &source));
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let says = format!("ended: {ends}\n");
        assert!(stdout.ends_with(&says), "{name}: {stdout}{stderr}");
    }

    // The module by itself: of the whole library a test would be built much longer.
    let by_itself = format!(
        "mod machine {{
    #[path = {:?}]
    pub(crate) mod clock;
    #[path = {:?}]
    pub(crate) mod timers;
}}
fn main() {{}}
",
        broken.join("src/record/time.rs"),
        broken.join("src/machine/timers.rs")
    );
    let folder = package_with("timers-by-itself", "slab = \"0.4\"\n", &by_itself);
    let by_name = "a_timer_is_not_due_one_nanosecond_before_its_deadline";
    let (ended, stdout, stderr) = said(command(&folder, "test").arg(by_name).output().unwrap());
    let says = "assertion failed: timers.expire(10).is_some()";
    assert!(!ended && stdout.contains(says), "{stdout}{stderr}");
}

#[test]
fn other_threads_the_watchdog_names_the_poll_that_washes_up_while_it_does() {
    let changes = [
        ("spawn_blocking(move || {", "(move || {"),
        // It goes on until it has been reported.
        (
            "        thread::sleep(Duration::from_millis(20));\n        here()\n    });\n",
            "        io::stdin().read_line(&mut String::new()).unwrap();\n        here()\n    })();\n",
        ),
        ("washing.await?", "washing"),
    ];
    let source = changed(&root().join(OTHER_THREADS), &changes);
    let folder = package("washes-up", &root().join("executor"), &source);
    let mut program = command(&folder, "run")
        .env("BUZZER_WATCHDOG", "10ms")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(program.stderr.take().unwrap());
    let mut said = String::new();
    while !said.ends_with("hand the work to `spawn_blocking`\n") {
        let length = stderr.read_line(&mut said).unwrap();
        assert!(length > 0, "{said}");
    }
    assert!(said.contains("#0 (block_on at src/main.rs:"), "{said}");
    assert!(said.contains(", and still does"), "{said}");
    drop(program.stdin.take());
    stderr.read_to_string(&mut said).unwrap();
    assert!(program.wait().unwrap().success(), "{said}");
    assert!(said.contains("- #2 'a minute'"), "who had to wait: {said}");
}

/// Has a thread wake at one of three places: before the look, between the look and the
/// word, and behind both.
const WAKES_AT: &str = "/// Where, and whom.
pub static WAKES_AT: std::sync::Mutex<Option<(u32, std::task::Waker)>> =
    std::sync::Mutex::new(None);
fn at(place: u32) {
    let is_here = |it: &mut (u32, std::task::Waker)| it.0 == place;
    let here = WAKES_AT.lock().unwrap().take_if(is_here);
    let wakes = |(_, waker): (u32, std::task::Waker)| std::thread::spawn(|| waker.wake()).join();
    here.map(wakes).transpose().unwrap();
}
mod machine;
";

#[test]
fn other_threads_with_two_locks_a_wake_between_the_look_and_the_word_is_lost() {
    let two_locks = [(
        "        let mut state = self.lock();
        let nudged = std::mem::take(&mut state.nudged);
        state.parked = state.messages.is_empty() && !nudged;
        state.parked
",
        "        crate::at(0);
        let mut state = self.lock();
        let nudged = std::mem::take(&mut state.nudged);
        let is_quiet = state.messages.is_empty() && !nudged;
        drop(state);
        crate::at(1);
        self.lock().parked = is_quiet;
        crate::at(2);
        let state = self.lock();
        let is_lost = state.parked && !state.messages.is_empty();
        assert!(!is_lost, \"asleep for ever, and a message lies there\");
        is_quiet
",
    )];
    let edits = [
        ("src/machine/scheduler/inject.rs", &two_locks[..]),
        ("src/lib.rs", &[("mod machine;\n", WAKES_AT)]),
    ];
    let library = changed_library("two-locks-library", &edits);
    let source = "use std::task::Poll;

fn main() {
    let mut place = std::env::args().nth(1);
    let woken = std::future::poll_fn(|cx| {
        let Some(place) = place.take() else {
            return Poll::Ready(());
        };
        let place = place.parse().unwrap();
        *buzzer::WAKES_AT.lock().unwrap() = Some((place, cx.waker().clone()));
        Poll::Pending
    });
    buzzer::block_on(async {
        // With nothing else to wait for, the loop would not sleep in its reactor.
        let _source = buzzer::net::UdpSocket::bind(\"127.0.0.1:0\").await.unwrap();
        woken.await;
    });
}
";
    let folder = package("two-locks", &library, source);
    for (place, ends) in [("0", true), ("1", false), ("2", true)] {
        let mut program = command(&folder, "run");
        let (ended, _, stderr) = said(program.args(["--", place]).output().unwrap());
        assert_eq!(ended, ends, "{place}: {stderr}");
        assert_eq!(stderr.contains("asleep for ever"), !ends, "{stderr}");
    }
}

#[test]
fn files_what_is_done_at_once_does_not_end_the_poll() {
    let source = changed(&root().join(FILES), &[]);
    let folder = package("counts-the-turns", &root().join("executor"), &source);
    for way in ["", "pool"] {
        let mut program = command(&folder, "run");
        let program = program.env("BUZZER_TRACE", "story").args(["--", way]);
        let (ended, stdout, story) = said(program.output().unwrap());
        assert!(ended, "{story}");
        let jobs = stdout.matches("by a worker").count();
        let at_once = stdout.matches("at once").count();
        // How many of them need no worker, the system decides.
        assert!(at_once == 0 || way.is_empty(), "{stdout}");
        assert_eq!(jobs + at_once, 8, "{stdout}");
        // A job may have ended before the poll that sends it looks again.
        let polls = story.matches("#0 (block_on) is polled\n").count();
        assert!(polls <= 1 + jobs, "{polls} polls, {stdout}{story}");
        assert_eq!(story.matches("a file operation at once").count(), at_once);
    }
}

#[test]
fn files_of_what_is_not_there_the_error_names_operation_and_path() {
    let asks = [(
        "    let mut file = File::create_new(path).await?;\n",
        "    File::open(\"/nowhere\").await?;\n    \
         let mut file = File::create_new(path).await?;\n",
    )];
    let (ended, _, stderr) = tried("nowhere", FILES, &asks);
    assert!(!ended && stderr.contains("{ kind: NotFound, "), "{stderr}");
    let names = "operation: \"open\", subject: \"/nowhere\"";
    assert!(stderr.contains(names), "{stderr}");
}

/// Where nobody can go on, a paused clock goes to the end of the hour.
const AFTER_AN_HOUR: [Change<'_>; 2] = [
    (
        "Builder::new_current_thread()",
        "Builder::new_current_thread().start_paused(true)",
    ),
    (
        "    runtime.block_on(cafe())\n",
        "    let hour = std::time::Duration::from_secs(3600);\n    \
         let mut cafe = std::pin::pin!(cafe());\n    \
         let waited = runtime.block_on(async { buzzer::time::timeout(hour, cafe.as_mut()).await });\n    \
         println!(\"after an hour: {}\\n{}\", waited.is_err(), runtime.dump());\n    Ok(())\n",
    ),
];

#[test]
fn sockets_without_the_shutdown_a_client_and_its_echo_wait_for_each_other() {
    let forgets = (
        "    server.shutdown().await?; // Only this direction: the answer still comes.\n",
        "",
    );
    let [paused, hour] = AFTER_AN_HOUR;
    let (_, stdout, stderr) = tried("forgets-the-shutdown", SOCKETS, &[forgets, paused, hour]);
    assert!(
        stdout.starts_with("after an hour: true\n"),
        "{stdout}{stderr}"
    );
    let echoes = stdout.lines().filter(|line| line.contains("'echo "));
    assert!(echoes.count() >= 3, "{stdout}");
}

const ONE_AT_A_TIME: [Change<'_>; 5] = [
    (
        "    let mut echoes = Vec::new();\n",
        "    let mut echoed = 0;\n",
    ),
    ("for number in 1..=guests", "for _ in 1..=guests"),
    ("        let name = format!(\"echo {number}\");\n", ""),
    (
        "        echoes.push(task::Builder::new().name(&name).spawn(echo(guest))?);\n",
        "        echoed += echo(guest).await?;\n",
    ),
    (
        "    let mut echoed = 0;\n    for echo in echoes {\n        echoed += echo.await??;\n    }\n",
        "",
    ),
];
const ANSWERS: &str =
    "one espresso\none latte\nwhatever is quickest, please\n49 bytes came and went\n";

#[test]
fn sockets_one_at_a_time_the_answers_are_the_same() {
    let (ended, stdout, stderr) = tried("one-at-a-time", SOCKETS, &ONE_AT_A_TIME);
    assert!(ended, "{stderr}");
    assert_eq!(stdout, ANSWERS);
}

#[test]
fn sockets_one_at_a_time_everybody_waits_behind_a_client_that_says_nothing() {
    let silent = [
        (
            "    let address = listener.local_addr()?;\n",
            "    let address = listener.local_addr()?;\n    \
             let silent = TcpStream::connect(address).await?;\n",
        ),
        ("orders.len()", "orders.len() + 1"),
        (
            "    println!(\"{} bytes came",
            "    drop(silent);\n    println!(\"{} bytes came",
        ),
    ];
    let (_, stdout, stderr) = tried("silent-among-tasks", SOCKETS, &silent);
    assert_eq!(stdout, ANSWERS, "{stderr}");
    let changes = [&silent[..], &ONE_AT_A_TIME, &AFTER_AN_HOUR].concat();
    let (_, stdout, stderr) = tried("silent-and-first", SOCKETS, &changes);
    assert!(
        stdout.starts_with("after an hour: true\n"),
        "{stdout}{stderr}"
    );
}
