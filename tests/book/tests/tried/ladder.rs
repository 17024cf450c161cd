//! The chapters of the ladder.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use super::copies::{Change, anchored, climbed, command, ladder, run, said};

const PARKS: &str = "            thread::park();\n";
/// The waker in the `Context` is one and the loop's own the other: if there is no more,
/// nobody is left to end the sleep.
const PARKS_IF_SOMEBODY_WAKES: Change<'_> = (
    PARKS,
    "            assert!(Arc::strong_count(&buzzer) > 2, \"asleep for ever\");\n            \
     thread::park();\n",
);
const RUNS: &str = "    ladder::run(|| block_on(program()))\n}\n";

#[test]
fn ladder_1_a_loop_that_sleeps_a_millisecond_polls_once_in_each() {
    let sleeps = [(
        "            return output;\n        }\n    }\n",
        "            return output;\n        }\n        \
         std::thread::sleep(Duration::from_millis(1));\n    }\n",
    )];
    let short = [("Duration::from_secs(1),", "Duration::from_millis(10),")];
    let edits = [("1_busy_loop.rs", &sleeps[..]), ("lib.rs", &short)];
    let (_, stdout, stderr) = said(run(&ladder("sleeps-in-the-loop", "1_busy_loop", &edits)));
    let (_, cost) = stdout.split_once("\nIt cost ").expect(&stderr);
    let (polls, _) = cost.split_once(" polls").unwrap();
    // Two seconds of 10 ms each: a poll at their beginning, and at most one for each.
    let polls: u32 = polls.parse().unwrap();
    assert!((2..=21).contains(&polls), "{polls}");
}

#[test]
fn ladder_2_with_stage_1s_sleep_nobody_is_left_to_wake_the_thread() {
    let (own, of_stage_1) = (
        anchored("2_waker", "sleep"),
        anchored("1_busy_loop", "sleep"),
    );
    let imports = (
        "use std::time::Duration;\n",
        "use std::time::{Duration, Instant};\n",
    );
    let changes = [(&*own, &*of_stage_1), imports, PARKS_IF_SOMEBODY_WAKES];
    let folder = ladder("stage-1s-sleep", "2_waker", &[("2_waker.rs", &changes)]);
    let (ended, stdout, stderr) = said(run(&folder));
    assert!(!ended && stderr.contains("asleep for ever"), "{stderr}");
    // It has begun all that it can begin.
    assert_eq!(stdout.lines().count(), 3, "{stdout}");
}

#[test]
fn ladder_2_without_the_flag_a_poll_that_parks_uses_up_the_unpark() {
    let no_flag = (
        "        while !buzzer.woken.swap(false, Ordering::Acquire) {\n            \
         costs::PARKS.add();\n            thread::park();\n        }\n",
        "        costs::PARKS.add();\n            thread::park();\n",
    );
    let (ended, _, stderr) = climbed("without-the-flag", "2_waker", &[no_flag]);
    assert!(ended, "nearly always it works: {stderr}");

    let parks_itself = (
        RUNS,
        "    let mut is_woken = false;
    block_on(poll_fn(move |cx| {
        if is_woken {
            return Poll::Ready(());
        }
        is_woken = true;
        let waker = cx.waker().clone();
        let wakes = thread::spawn(move || waker.wake());
        thread::park(); // As a channel does that blocks.
        wakes.join().unwrap();
        Poll::Pending
    }));
    ExitCode::SUCCESS
}
",
    );
    let watched = (
        no_flag.0,
        &*no_flag.1.replace(PARKS, PARKS_IF_SOMEBODY_WAKES.1),
    );
    for (name, change, ends) in [
        ("parks-with-the-flag", PARKS_IF_SOMEBODY_WAKES, true),
        ("parks-without-the-flag", watched, false),
    ] {
        let (ended, _, stderr) = climbed(name, "2_waker", &[change, parks_itself]);
        assert_eq!(ended, ends, "{name}: {stderr}");
        assert_eq!(stderr.contains("asleep for ever"), !ends, "{stderr}");
    }
}

#[test]
fn ladder_3_a_spawn_from_within_a_poll_finds_the_borrowed_table() {
    let borrowed = [(
        "    if task.as_mut().poll(&mut cx).is_pending() {\n",
        "    if TASKS.with_borrow_mut(|_| task.as_mut().poll(&mut cx).is_pending()) {\n",
    )];
    let (ended, _, stderr) = climbed("borrowed-table", "3_queue", &borrowed);
    assert!(!ended && stderr.contains("already borrowed"), "{stderr}");
}

#[test]
fn ladder_3_and_4_a_task_woken_ten_times_before_its_turn_is_polled_ten_times_and_once() {
    let woken = [(
        "    say(\"Starting tasks.\");\n",
        "    let mut wakes = 10;
    spawn(std::future::poll_fn(move |cx| {
        say(\"polled\");
        (0..std::mem::take(&mut wakes)).for_each(|_| cx.waker().wake_by_ref());
        std::task::Poll::Pending
    }));
    say(\"Starting tasks.\");
",
    )];
    for (name, stage, polls) in [
        ("woken-ten-times", "3_queue", 1 + 10),
        ("woken-ten-times-and-polled-once", "4_number", 1 + 1),
    ] {
        let (_, stdout, stderr) = climbed(name, stage, &woken);
        let polled = stdout.matches("ASYNC: polled\n").count();
        assert_eq!(polled, polls, "{name}: {stdout}{stderr}");
    }
}

#[test]
fn ladder_4_a_waker_shows_its_number() {
    let printed = [(
        "    let mut cx = Context::from_waker(&waker);\n",
        "    println!(\"{waker:?}\");\n    let mut cx = Context::from_waker(&waker);\n",
    )];
    let (_, stdout, stderr) = climbed("printed-waker", "4_number", &printed);
    assert!(stdout.contains("data: 0x2"), "{stdout}{stderr}");
}

#[test]
fn ladder_5_a_handle_can_be_awaited_once() {
    let twice = [(
        "    let (content, result) = gather(file, other).await;\n",
        "    let handle = spawn(async {});\n    \
         spawn(async { handle.await });\n    \
         spawn(async { handle.await });\n    \
         let (content, result) = gather(file, other).await;\n",
    )];
    let (ended, _, stderr) = climbed("awaited-twice", "5_handles", &twice);
    assert!(!ended && stderr.contains("E0382"), "{stderr}");
}

/// How many timers a hundred sleeps have: who has none is never woken.
const A_HUNDRED: &str = "    for _ in 0..100 {
        spawn(sleep(Duration::from_secs(3_600)));
    }
    spawn(async {}).await; // They have been polled.
    say(format_args!(\"armed: {}\", TIMERS.with_borrow(|timers| timers.len())));
    return Ok(());
";

#[test]
fn ladder_6_sleeps_of_one_number_and_one_instant_overwrite_each_other() {
    let program = ("    say(\"Starting tasks.\");\n", A_HUNDRED);
    let no_number = (
        "duration.min(century), new_number()))",
        "duration.min(century), 0))",
    );
    let one_instant = (
        "    Sleep((Instant::now() + ",
        "    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);\n    \
         Sleep((*START + ",
    );
    for (name, changes, armed) in [
        ("no-number", &[program, no_number][..], 100),
        (
            "no-number-one-instant",
            &[program, no_number, one_instant],
            1,
        ),
    ] {
        let (_, stdout, stderr) = climbed(name, "6_timers", changes);
        let says = format!("ASYNC: armed: {armed}\n");
        assert!(stdout.starts_with(&says), "{name}: {stdout}{stderr}");
    }
}

/// Stage 7 as a server with these changes of it, and where it serves.
fn served(name: &str, changes: &[Change<'_>]) -> (Child, String) {
    let folder = ladder(name, "7_epoll", &[("echo.rs", changes)]);
    // Cargo becomes the program.
    let mut server = command(&folder, "run")
        .args(["--", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("ASYNC: Echoing at ");
    (server, address.expect(&line).to_owned())
}

#[test]
fn ladder_7_while_one_client_is_waited_for_by_a_blocking_call_another_gets_nothing() {
    let blocks = [
        (
            "    let stream = Source::new(stream, Interest::READABLE | Interest::WRITABLE)?;\n",
            "    let mut stream = std::net::TcpStream::from(stream);\n    \
             stream.set_nonblocking(false)?;\n",
        ),
        (
            "stream.ready(|mut stream| stream.read(&mut buffer)).await?",
            "stream.read(&mut buffer)?",
        ),
        (
            "stream.ready(|mut stream| stream.write(rest)).await?",
            "stream.write(rest)?",
        ),
    ];
    let mut word = [0; 4];
    let mut says = |mut client: &TcpStream| {
        client.write_all(b"word").unwrap();
        client.read_exact(&mut word).unwrap();
    };

    let (mut server, address) = served("two-clients", &[]);
    let [first, second] = [(); 2].map(|()| TcpStream::connect(&address).unwrap());
    says(&first);
    says(&second);
    says(&first);
    server.kill().unwrap();
    server.wait().unwrap();

    let (mut server, address) = served("two-clients-blocking", &blocks);
    let [first, mut second] = [(); 2].map(|()| TcpStream::connect(&address).unwrap());
    second.write_all(b"word").unwrap();
    // The server could have answered the second by each of these.
    (0..10).for_each(|_| says(&first));
    second.set_nonblocking(true).unwrap();
    let nothing = second.read(&mut word).map_err(|error| error.kind());
    assert_eq!(nothing, Err(ErrorKind::WouldBlock));
    second.set_nonblocking(false).unwrap();
    drop(first);
    second.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"word");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn ladder_7_the_kernel_is_not_told_of_a_wake_by_a_thread() {
    // Both threads and the loop: the threads wake when the loop is about to sleep for good.
    let meets = [(
        "pub mod costs;\n",
        "pub static ASLEEP: std::sync::Barrier = std::sync::Barrier::new(3);\npub mod costs;\n",
    )];
    let wakes_then = [("thread::sleep(duration);", "ladder::ASLEEP.wait();")];
    let sleep_of_stage_2 = [
        (
            "use ladder::stage_2::{Promise, keep, redeem};\n",
            "use ladder::stage_2::{Promise, keep, redeem, sleep};\n",
        ),
        (
            "use ladder::stage_6::{expire, sleep, time_left};\n",
            "use ladder::stage_6::{expire, time_left};\n",
        ),
        (
            "    let told = sleep_in_kernel(limit.or_else(time_left));\n",
            "    if limit.or_else(time_left).is_none() {
        ladder::ASLEEP.wait();
        let in_line = || QUEUE.lock().unwrap().0.len();
        while in_line() < 2 {
            std::thread::yield_now();
        }
        let mut events = Events::with_capacity(64);
        let looks = |it: &mut Selector| it.poll(&mut events, Some(Duration::ZERO));
        SELECTOR.with_borrow_mut(looks).unwrap();
        say(format_args!(\"in line: {}, told: {}\", in_line(), events.iter().count()));
        std::process::exit(0);
    }
    let told = sleep_in_kernel(limit.or_else(time_left));
",
        ),
    ];
    let edits = [
        ("lib.rs", &meets[..]),
        ("2_waker.rs", &wakes_then),
        ("7_epoll.rs", &sleep_of_stage_2),
    ];
    let (_, stdout, stderr) = said(run(&ladder("sleep-of-stage-2", "7_epoll", &edits)));
    let lines: Vec<&str> = stdout.lines().collect();
    let [_, _, other_work, last] = lines[..] else {
        panic!("{stdout}{stderr}");
    };
    assert_eq!(other_work, "ASYNC: Other async work started...");
    assert_eq!(last, "ASYNC: in line: 2, told: 0");
}

#[test]
fn ladder_8_a_wake_between_a_look_at_the_queue_and_the_word_is_lost() {
    let says = "    *PARKED.lock().unwrap() = Some(UNPARK.with(Arc::clone));\n";
    let looks = "    let is_idle = QUEUE.lock().unwrap().0.is_empty();\n";
    let wakes = "    thread::spawn(|| waker(0).wake()).join().unwrap();\n";
    let sleeps = "    let told = sleep_in_kernel(limit.or_else(time_left));\n";
    let checked = format!(
        "    let is_told = PARKED.lock().unwrap().is_none();
    let is_lost = limit.is_none() && !is_told && !QUEUE.lock().unwrap().0.is_empty();
    assert!(!is_lost, \"asleep, with somebody in line\");
{sleeps}"
    );
    let as_it_is = format!("{says}{looks}");

    let filled = format!("{says}{wakes}{looks}");
    let changes = [(&*as_it_is, &*filled), (sleeps, &*checked)];
    let (ended, _, stderr) = climbed("says-and-looks", "8_threads", &changes);
    assert!(ended, "{stderr}");

    let filled = format!("{looks}{wakes}{says}");
    let changes = [(&*as_it_is, &*filled), (sleeps, &*checked)];
    // No timer ends the first sleep.
    let hours = [("Duration::from_secs(1),", "Duration::from_secs(3_600),")];
    let edits = [("8_threads.rs", &changes[..]), ("lib.rs", &hours)];
    let (ended, _, stderr) = said(run(&ladder("looks-and-says", "8_threads", &edits)));
    assert!(
        !ended && stderr.contains("asleep, with somebody in line"),
        "{stderr}"
    );
}
