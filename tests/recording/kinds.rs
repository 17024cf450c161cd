//! A test for each kind of event: it is recorded where the thing happens, once.

use std::cell::RefCell;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;

use buzzer::io::{AsyncFd, AsyncReadExt, AsyncWriteExt, Interest};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::runtime::{Builder, FileIo};
use buzzer::task::{spawn_blocking, yield_now};
use buzzer::time::{Duration, sleep};
use buzzer::trace::{Event, Recording};
use buzzer::{fs, spawn};
use futures::poll;

use crate::asleep::ThisThread;
use crate::line::{doings, doings_of, lines};
use crate::polled::own_waker;
use crate::{recorded, recording_of};

#[test]
fn a_turn_has_its_number_and_its_phases_in_their_order_and_the_last_stops_after_main() {
    let recording = recording_of(yield_now());
    assert_eq!(
        lines(&recording),
        [
            "main started",
            "turn 1",
            "phase Run",
            "0 polled",
            "0 woken by task 0: AfterPoll",
            "0 Pending, queued again",
            "0 polled",
            "0 Ready",
        ]
    );

    let recording = recording_of(async { sleep(Duration::from_nanos(7)).await });
    assert_eq!(
        lines(&recording),
        [
            "main started",
            "turn 1",
            "phase Run",
            "0 polled",
            "timer 1 armed for 7 by task 0",
            "0 waits for timer 1",
            "0 Pending",
            "phase Inject",
            "phase Park",
            "looks",
            "awake with 0 events",
            "clock jumps from 0",
            "phase React",
            "phase Expire",
            "timer 1 fired",
            "0 woken by timer 1: Queued",
            "turn 2",
            "phase Run",
            "0 polled",
            "0 Ready",
        ]
    );
}

#[test]
fn the_times_are_those_of_the_runtimes_clock() {
    let recording = recording_of(async { sleep(Duration::from_secs(1)).await });
    let time_of = |what: &str| {
        let index = lines(&recording).iter().position(|line| line == what);
        recording.records()[index.unwrap()].time()
    };
    assert_eq!(time_of("0 waits for timer 1"), Duration::ZERO);
    assert_eq!(time_of("timer 1 fired"), Duration::from_secs(1));
    assert_eq!(time_of("0 Ready"), Duration::from_secs(1));
}

#[test]
fn main_is_known_by_the_place_of_its_block_on_and_a_task_by_that_of_its_spawn() {
    let runtime = recorded();
    let main_at = line!() + 1;
    runtime.block_on(async {
        spawn(async {});
        buzzer::task::Builder::new()
            .name("barista")
            .spawn(async {})
            .unwrap();
        runtime.handle().spawn(async {});
        runtime.spawn(async {});
        yield_now().await;
    });
    let recording = runtime.recording();
    let places: Vec<_> = recording
        .records()
        .iter()
        .filter_map(|record| match &record.event {
            Event::MainStarted { at } | Event::Spawned { at, .. } => Some(at),
            _ => None,
        })
        .collect();
    assert!(places.iter().all(|at| at.file().ends_with("kinds.rs")));
    let after: Vec<_> = places.iter().map(|at| at.line() - main_at).collect();
    assert_eq!(after, [0, 1, 4, 6, 7]);
    assert_eq!(doings_of(&recording, " as barista").len(), 1);
}

#[test]
fn a_poll_ends_pending_ready_or_panicked_and_a_cancelled_task_has_a_last_one() {
    let recording = recording_of(async {
        let panics = spawn(async { panic!("for the recording") });
        let waits = spawn(std::future::pending::<()>());
        assert!(panics.await.unwrap_err().is_panic());
        waits.abort();
        assert!(waits.await.unwrap_err().is_cancelled());
    });
    assert_eq!(
        doings_of(&recording, "1 "),
        ["1 spawned by task 0", "1 polled", "1 Panicked"]
    );
    assert_eq!(
        doings_of(&recording, "2 "),
        [
            "2 spawned by task 0",
            "2 polled",
            "2 Pending",
            "2 aborted by task 0, queued",
            "2 polled",
            "2 Cancelled",
        ]
    );
}

#[test]
fn main_that_panics_has_an_end_and_the_next_main_begins_anew() {
    let runtime = recorded();
    let main = async { panic!("for the recording") };
    let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(main)));
    assert!(ended.is_err());
    runtime.block_on(async {});
    assert_eq!(
        doings(&runtime.recording()),
        [
            "main started",
            "0 polled",
            "0 Panicked",
            "main started",
            "0 polled",
            "0 Ready",
        ]
    );
}

#[test]
fn an_abort_of_a_task_that_is_queued_or_being_polled_queues_nothing() {
    let recording = recording_of(async {
        let queued = spawn(async {});
        queued.abort();
        let own = Rc::new(RefCell::new(None::<buzzer::task::AbortHandle>));
        let its = own.clone();
        let aborts_itself = spawn(async move {
            its.borrow().as_ref().unwrap().abort();
            yield_now().await;
        });
        own.replace(Some(aborts_itself.abort_handle()));
        assert!(queued.await.unwrap_err().is_cancelled());
        assert!(aborts_itself.await.unwrap_err().is_cancelled());
    });
    assert_eq!(
        doings_of(&recording, "1 "),
        [
            "1 spawned by task 0",
            "1 aborted by task 0",
            "1 polled",
            "1 Cancelled"
        ]
    );
    assert_eq!(
        doings_of(&recording, "2 "),
        [
            "2 spawned by task 0",
            "2 polled",
            "2 aborted by task 2",
            "2 woken by task 2: AfterPoll",
            "2 Pending, queued again",
            "2 polled",
            "2 Cancelled",
        ]
    );
}

#[test]
fn a_wake_says_what_it_has_changed() {
    let recording = recording_of(async {
        let waker = Rc::new(RefCell::new(None));
        let its = waker.clone();
        let task = spawn(async move {
            let waker = own_waker().await;
            its.replace(Some(waker.clone()));
            // Being polled: after the poll, and once.
            waker.wake_by_ref();
            waker.wake_by_ref();
            futures::pending!();
            // Waits for the others.
            futures::pending!();
        });
        while waker.borrow().is_none() {
            yield_now().await;
        }
        yield_now().await;
        let waker = waker.take().unwrap();
        waker.wake_by_ref();
        waker.wake_by_ref();
        task.await.unwrap();
        // It is gone, and so is its number.
        waker.wake();
    });
    let wakes: Vec<_> = doings(&recording)
        .into_iter()
        .filter(|line| line.starts_with("1 woken"))
        .collect();
    assert_eq!(
        wakes,
        [
            "1 woken by task 1: AfterPoll",
            "1 woken by task 1: Nothing",
            "1 woken by task 0: Queued",
            "1 woken by task 0: Nothing",
        ]
    );
}

#[test]
fn a_dropped_sleep_drops_its_timer_once_and_one_that_fired_none() {
    let recording = recording_of(async {
        let mut early = Box::pin(sleep(Duration::from_secs(1)));
        let mut late = Box::pin(sleep(Duration::from_secs(2)));
        assert!(poll!(&mut early).is_pending());
        assert!(poll!(&mut late).is_pending());
        // Polled again they are not armed again.
        assert!(poll!(&mut late).is_pending());
        early.await;
        drop(late);
    });
    assert_eq!(
        doings(&recording),
        [
            "main started",
            "0 polled",
            "timer 1 armed for 1000000000 by task 0",
            "0 waits for timer 1",
            "timer 2 armed for 2000000000 by task 0",
            "0 waits for timer 2",
            "0 Pending",
            "clock jumps from 0",
            "timer 1 fired",
            "0 woken by timer 1: Queued",
            "0 polled",
            "timer 2 dropped",
            "0 Ready",
        ]
    );
}

#[test]
fn an_advance_jumps_the_clock_and_fires_what_is_due() {
    let recording = recording_of(async {
        let sleeper = spawn(sleep(Duration::from_nanos(5)));
        yield_now().await;
        buzzer::time::advance(Duration::from_nanos(5)).await;
        sleeper.await.unwrap();
    });
    let lines = doings(&recording);
    let jump = lines.iter().position(|line| line.starts_with("clock"));
    assert_eq!(
        lines[jump.unwrap()..][..5],
        [
            "clock jumps from 0",
            "timer 1 fired",
            "1 woken by timer 1: Queued",
            // That of the advance itself, which is main's doing again.
            "0 woken by task 0: AfterPoll",
            "0 Pending, queued again",
        ]
    );
}

#[test]
fn a_handle_that_waits_says_for_whom_and_says_so_when_it_is_dropped() {
    let recording = recording_of(async {
        let mut task = spawn(std::future::pending::<()>());
        assert!(poll!(&mut task).is_pending());
        drop(task);
        // One that nobody has polled has nothing to say.
        drop(spawn(std::future::pending::<()>()));
    });
    assert_eq!(
        doings_of(&recording, "the end of 1"),
        ["0 waits for the end of 1", "no wait for the end of 1"]
    );
    assert_eq!(doings_of(&recording, "the end of 2"), [""; 0]);
}

#[test]
fn a_handle_of_a_job_says_so_too_and_one_that_does_not_wait_says_nothing() {
    let (ends, runs) = std::sync::mpsc::channel::<()>();
    let recording = recording_of(async {
        let mut awaited = spawn_blocking(move || _ = runs.recv());
        let dropped = spawn_blocking(|| {});
        assert!(poll!(&mut awaited).is_pending());
        drop(dropped);
        drop(awaited);
        drop(ends);
    });
    let waits = doings(&recording);
    let waits = waits.iter().filter(|line| line.contains("the end of"));
    assert_eq!(
        waits.collect::<Vec<_>>(),
        ["0 waits for the end of j1", "no wait for the end of j1"]
    );
}

#[test]
fn a_source_is_registered_ready_cleared_and_closed_under_one_name() {
    let recording = recording_of(async {
        let (here, mut there) = UnixStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        let here = AsyncFd::new(here).unwrap();
        there.write_all(b"x").unwrap();
        let mut guard = here.readable().await.unwrap();
        guard.clear_ready();
        drop(guard);
        {
            let again = pin!(here.readable());
            assert!(poll!(again).is_pending());
        }
        drop(here);
    });
    let mut lines = doings(&recording);
    lines.retain(|line| line.contains("source 1 ") && !line.contains("woken"));
    assert_eq!(
        lines,
        [
            "source 1 registered, read true, write true",
            "0 waits for source 1 Read",
            "source 1 Read ready",
            "source 1 Write ready",
            "source 1 Read cleared",
            "0 waits for source 1 Read",
            "no wait for source 1 Read",
            "source 1 closed",
        ]
    );
}

#[test]
fn a_transfer_clears_a_source_only_if_it_was_ready() {
    let recording = recording_of(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (mut there, _) = listener.accept().await.unwrap();
        let mut here = here.unwrap();
        let mut buffer = [0; 8];
        {
            let nothing = pin!(here.read(&mut buffer));
            assert!(poll!(nothing).is_pending());
        }
        {
            let nothing = pin!(here.read(&mut buffer));
            assert!(poll!(nothing).is_pending());
        }
        there.write_all(b"x").await.unwrap();
        // Shorter than there was room for: nothing more is there.
        assert_eq!(here.read(&mut buffer).await.unwrap(), 1);
    });
    let mut lines = doings(&recording);
    lines.retain(|line| line.ends_with("cleared"));
    assert_eq!(lines, ["source 2 Read cleared"]);
}

#[test]
fn a_new_socket_is_ready_on_record_when_it_was_asked_for_and_not_when_it_was_tried() {
    let recording = recording_of(async {
        let (asked, mut tried) = buzzer::net::UnixStream::pair().unwrap();
        asked.writable().await.unwrap();
        tried.write_all(b"x").await.unwrap();
        asked.try_read(&mut [0; 8]).unwrap();
        asked.try_read(&mut [0; 8]).unwrap_err();
    });
    let mut lines = doings(&recording);
    lines.retain(|line| line.ends_with("ready") || line.ends_with("cleared"));
    assert_eq!(lines, ["source 1 Write ready"]);
}

fn parks(recording: &Recording) -> Vec<String> {
    let mut lines = lines(recording);
    lines.retain(|line| {
        ["parks", "looks", "awake"]
            .iter()
            .any(|is| line.starts_with(is))
    });
    lines
}

#[test]
fn with_something_queued_the_loop_only_looks_and_without_a_source_not_even_that() {
    let looks = |source: bool| {
        let runtime = Builder::new_current_thread()
            .event_interval(1)
            .record(1000)
            .build()
            .unwrap();
        runtime.block_on(async {
            let (here, _there) = UnixStream::pair().unwrap();
            here.set_nonblocking(true).unwrap();
            let _here = source.then(|| AsyncFd::new(here).unwrap());
            yield_now().await;
        });
        parks(&runtime.recording())
    };
    // The registration's own event: it can be written to.
    assert_eq!(looks(true), ["looks", "awake with 1 events"]);
    assert_eq!(looks(false), [""; 0]);
}

#[test]
fn with_nothing_queued_the_loop_parks_until_a_deadline_or_for_ever() {
    let runtime = Builder::new_current_thread().record(1000).build().unwrap();
    runtime.block_on(async { sleep(Duration::from_millis(1)).await });
    let recording = runtime.recording();
    let armed = recording
        .records()
        .iter()
        .find_map(|record| match record.event {
            Event::TimerArmed { deadline, .. } => Some(deadline),
            _ => None,
        });
    let parks_until = format!("parks until {}", armed.unwrap());
    assert_eq!(parks(&recording), [&parks_until, "awake with 0 events"]);

    let this = ThisThread::new();
    let recording = recording_of(async {
        let (here, mut there) = UnixStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        let here = AsyncFd::with_interest(here, Interest::READABLE).unwrap();
        let writer = std::thread::spawn(move || {
            this.wait_until_asleep();
            there.write_all(b"x").unwrap();
            there
        });
        here.readable().await.unwrap().clear_ready();
        writer.join().unwrap();
    });
    assert_eq!(parks(&recording), ["parks for ever", "awake with 1 events"]);
}

#[test]
fn a_job_is_queued_started_and_finished_and_then_wakes() {
    let recording = recording_of(async {
        spawn_blocking(|| {}).await.unwrap();
        let panics = spawn_blocking(|| panic!("for the recording"));
        assert!(panics.await.unwrap_err().is_panic());
    });
    assert_eq!(
        doings_of(&recording, "j1 "),
        [
            "j1 queued by task 0",
            "j1 started on worker 0",
            "j1 finished on worker 0: Ready",
        ]
    );
    assert_eq!(
        doings_of(&recording, "j2 ").last().unwrap(),
        "j2 finished on worker 0: Panicked"
    );
}

#[test]
fn a_job_aborted_before_it_began_is_cancelled_and_never_started() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .record(1000)
        .build()
        .unwrap();
    let (to_first, at_first) = std::sync::mpsc::channel::<()>();
    runtime.block_on(async {
        let first = spawn_blocking(move || at_first.recv().unwrap());
        let second = spawn_blocking(|| {});
        second.abort();
        assert!(second.await.unwrap_err().is_cancelled());
        to_first.send(()).unwrap();
        first.await.unwrap();
        // By the same worker, so the second has left the queue.
        spawn_blocking(|| {}).await.unwrap();
    });
    assert_eq!(
        doings_of(&runtime.recording(), "j2 "),
        ["j2 queued by task 0", "j2 cancelled"]
    );
}

#[test]
fn a_file_operation_says_which_way_it_went() {
    let file = tempfile::tempfile().unwrap();
    let path = std::env::temp_dir();
    let recording = recording_of(async {
        let file = fs::File::from_std(file);
        file.metadata().await.unwrap();
    });
    assert_eq!(
        doings_of(&recording, "file operation"),
        ["file operation by task 0, at once"]
    );

    let runtime = Builder::new_current_thread()
        .file_io(FileIo::Pool)
        .record(1000)
        .build()
        .unwrap();
    runtime.block_on(async { spawn(fs::metadata(path)).await.unwrap().unwrap() });
    let lines = doings(&runtime.recording());
    let op = lines.iter().position(|line| line.starts_with("file"));
    assert_eq!(
        lines[op.unwrap()..][..2],
        ["file operation by task 1, by a job", "j1 queued by task 1",]
    );
}

#[test]
fn an_abort_of_a_task_that_has_ended_is_none() {
    let recording = recording_of(async {
        let ended = spawn(async {});
        yield_now().await;
        ended.abort();
        ended.await.unwrap();
    });
    assert_eq!(
        doings_of(&recording, "1 "),
        ["1 spawned by task 0", "1 polled", "1 Ready"]
    );
}

#[test]
fn a_sleep_that_another_task_awaits_is_what_that_task_waits_for() {
    let recording = recording_of(async {
        let mut moved = Box::pin(sleep(Duration::from_secs(1)));
        assert!(futures::poll!(&mut moved).is_pending());
        assert!(futures::poll!(&mut moved).is_pending());
        spawn(moved).await.unwrap();
    });
    assert_eq!(
        doings_of(&recording, " waits for timer 1"),
        ["0 waits for timer 1", "1 waits for timer 1"]
    );
}

#[test]
fn a_wait_for_a_job_of_another_runtime_is_not_recorded_since_its_end_is_not() {
    let other = recorded();
    let this = ThisThread::new();
    let theirs = other.spawn_blocking(move || this.wait_until_asleep());
    let recording = recording_of(async { theirs.await.unwrap() });
    let mut lines = doings(&recording);
    lines.retain(|line| line.contains("j1"));
    assert_eq!(lines, [""; 0]);
}
