//! What is said of each kind of event.

use super::*;
use crate::record::event::WaitsOn;
use crate::record::origin::Origin;

#[test]
fn ends_of_polls() {
    for (outcome, text) in [
        (Outcome::Pending, "pending: waits until something wakes it"),
        (Outcome::Ready, "ready: it has ended"),
        (Outcome::Panicked, "panicked: it has ended"),
        (Outcome::Cancelled, "cancelled: its future is dropped"),
    ] {
        assert_told(ended(4, outcome), text);
    }
    assert_told(ended(0, Outcome::Ready), "ready: block_on returns");
    assert_told(ended(0, Outcome::Panicked), "panicked: so does block_on");
    let requeued = Event::PollEnded {
        task: task(4),
        outcome: Outcome::Pending,
        requeued: true,
    };
    assert_told(requeued, "pending, and queued again");
}

#[test]
fn an_end_is_told_with_the_wake_that_follows_from_it() {
    let wake = |by| woken(0, Cause::Task(task(by)), WakeEffect::Queued);
    assert_eq!(
        texts([began(4), ended(4, Outcome::Ready), wake(4)])[1..],
        ["    ready: it has ended -> wakes #0 (block_on): queued"]
    );
    assert_eq!(
        texts([began(4), ended(4, Outcome::Ready), wake(5)])[1..],
        ["    ready: it has ended", "#5 wakes #0 (block_on): queued"]
    );
}

#[test]
fn wakes() {
    let source = Cause::Source(SourceId(7), Direction::Read);
    for (cause, effect, text) in [
        (
            Cause::Task(task(5)),
            WakeEffect::Queued,
            "#5 wakes #4: queued",
        ),
        (
            source,
            WakeEffect::Queued,
            "source 7, readable, wakes #4: queued",
        ),
        (
            Cause::Timer(TimerId(2)),
            WakeEffect::Nothing,
            "timer 2 wakes #4: woken already, or ended",
        ),
        (
            Cause::Job(job()),
            WakeEffect::AfterPoll,
            "job j1 wakes #4: to be queued after this poll",
        ),
    ] {
        assert_told(woken(4, cause, effect), text);
    }
    assert_eq!(
        texts([
            began(4),
            woken(4, Cause::Task(task(4)), WakeEffect::AfterPoll)
        ])[1],
        "    wakes itself: to be queued after this poll"
    );
}

#[test]
fn a_wake_from_another_thread_names_the_thread() {
    let clock = Rc::new(Clock::new(true));
    let recorder = Recorder::new(3, clock);
    recorder.keep(10);
    let baker = std::thread::Builder::new().name("baker".to_owned());
    let baker = baker.spawn(|| {}).unwrap();
    recorder.caused_by(&Origin::Thread(baker.thread().clone()));
    baker.join().unwrap();
    recorder.record(woken(4, recorder.cause(), WakeEffect::Queued));
    let story = told(&Recording::of(&recorder));
    assert!(
        story.contains("  thread 'baker' wakes #4: queued\n"),
        "{story}"
    );
}

#[test]
fn aborts() {
    for (queued, text) in [
        (true, "#5 aborts #4: queued for its last turn"),
        (false, "#5 aborts #4: its next turn is its last"),
    ] {
        let (task, by) = (task(4), Cause::Task(task(5)));
        let aborted = Event::Aborted { task, by, queued };
        let end = [began(4), ended(4, Outcome::Cancelled)];
        assert_eq!(
            texts([aborted].into_iter().chain(end)),
            [
                text,
                "#4 has its last turn",
                "    cancelled: its future is dropped"
            ]
        );
    }
}

#[test]
fn waits_for_many_things_and_for_none_any_more() {
    let on = [
        WaitsOn::Source(SourceId(7), Direction::Write),
        WaitsOn::Handle(job()),
    ];
    let waits = |on| Event::Waits { task: task(4), on };
    assert_eq!(
        texts([
            began(4),
            waits(on[0]),
            waits(on[1]),
            ended(4, Outcome::Pending),
            Event::WaitDropped { on: on[1] },
            began(4),
            ended(4, Outcome::Pending),
        ]),
        [
            "#4 is polled",
            "    pending: waits for source 7 to be writable and job j1 to end",
            "no longer waits for job j1 to end",
            "#4 is polled",
            "    pending: waits for source 7 to be writable",
        ]
    );
    assert_told(waits(on[1]), "#4 waits for job j1 to end");
    assert_told(
        Event::WaitDropped { on: on[1] },
        "no longer waits for job j1 to end",
    );
}

#[test]
fn of_thousands_of_waits_the_first_are_told_and_the_others_counted() {
    let waits = (1..=1_236).map(|timer| Event::Waits {
        task: task(4),
        on: WaitsOn::Timer(TimerId(timer)),
    });
    let end = [ended(4, Outcome::Pending)];
    assert_eq!(
        texts([began(4)].into_iter().chain(waits).chain(end))[1],
        "    pending: waits for timer 1, timer 2, timer 3, timer 4 and 1,232 more"
    );
}

#[test]
fn parks_and_what_ended_them() {
    let parked = |until, slept, events| {
        let story = told(&recording([
            (0, Event::Parked { until }),
            (slept, Event::Unparked { events }),
        ]));
        let lines: Vec<_> = story
            .lines()
            .skip(1)
            .map(|line| line[29..].to_owned())
            .collect();
        lines
    };
    let until = ParkedUntil::Deadline(SECOND);
    let sleeps = "nothing to do until 1.000 s: the loop sleeps";
    assert_eq!(
        parked(until, SECOND, 0),
        [sleeps, "slept 1.000 s: the time has come"]
    );
    assert_eq!(
        parked(until, SECOND / 2, 0),
        [
            sleeps,
            "slept 500.000 ms: another thread has sent something, or a signal has come"
        ]
    );
    assert_eq!(
        parked(ParkedUntil::ForEver, 80, 2),
        [
            "nothing to do until something happens: the loop sleeps",
            "slept 80 ns: 2 sources have events",
        ]
    );
    assert_eq!(
        parked(ParkedUntil::Look, 0, 1),
        ["a look: 1 source has an event"]
    );
    // Alone, as the replay tells it.
    let mut teller = Teller::default();
    let mut each = |event| teller.each(&Record { at: 0, event }, &Known::default());
    let until = ParkedUntil::Look;
    assert_eq!(each(Event::Parked { until }), "looks for events");
    let none = each(Event::Unparked { events: 0 });
    assert_eq!(none, "a look: no source has an event");
}

#[test]
fn a_paused_clock_that_jumps() {
    let story = told(&recording([(
        3 * SECOND,
        Event::ClockJumped { from: 2 * SECOND },
    )]));
    assert_eq!(
        story,
        "\n    1    3.000000 s          nothing to do until 3.000 s: the paused clock jumps 1.000 s\n"
    );
}

#[test]
fn a_task_that_moves_the_paused_clock_is_not_said_to_have_nothing_to_do() {
    let jumped = Event::ClockJumped { from: 0 };
    let story = told(&recording([(0, began(4)), (2 * SECOND, jumped)]));
    let line =
        "    2    2.000000 s              moves the paused clock on by 2.000 s, to 2.000 s\n";
    assert!(story.ends_with(line), "{story}");
}

#[test]
fn sources() {
    let (source, direction) = (SourceId(7), Direction::Read);
    for (read, write, purpose) in [
        (true, true, "reading and writing"),
        (true, false, "reading"),
        (false, true, "writing"),
    ] {
        let fd = 9;
        assert_told(
            Event::SourceRegistered {
                source,
                fd,
                read,
                write,
            },
            &format!("registers source 7: descriptor 9, for {purpose}"),
        );
    }
    let (fd, read, write) = (-4711, true, false);
    assert_told(
        Event::SourceRegistered {
            source,
            fd,
            read,
            write,
        },
        "registers source 7: child 4711, for reading",
    );
    assert_told(
        Event::SourceReady { source, direction },
        "source 7 is readable",
    );
    assert_told(
        Event::SourceCleared { source, direction },
        "source 7 has nothing to read now",
    );
    assert_told(
        Event::SourceCleared {
            source,
            direction: Direction::Write,
        },
        "source 7 has no room to write now",
    );
    let (cleared, ready) = (
        Event::SourceCleared { source, direction },
        Event::SourceReady { source, direction },
    );
    let twice = [cleared.clone(), cleared.clone(), ready, cleared];
    assert_eq!(
        texts(twice),
        [
            "source 7 has nothing to read now",
            "source 7 is readable",
            "source 7 has nothing to read now",
        ]
    );
    assert_told(Event::SourceClosed { source }, "closes source 7");
    let cause = Cause::Source(source, direction);
    assert_eq!(
        texts([
            Event::SourceReady { source, direction },
            woken(4, cause, WakeEffect::Queued)
        ]),
        ["source 7 is readable -> wakes #4: queued"]
    );
}

#[test]
fn timers() {
    let timer = TimerId(2);
    assert_told(
        armed(2, SECOND, Cause::Outside),
        "the program, outside its tasks, arms timer 2, due at 1.000 s",
    );
    assert_told(Event::TimerFired { timer }, "timer 2 is due");
    assert_told(Event::TimerDropped { timer }, "disarms timer 2");
}

#[track_caller]
fn elsewhere((): ()) -> &'static Location<'static> {
    Location::caller()
}

#[test]
fn jobs() {
    let (job, worker) = (job(), 0);
    let by = Cause::Task(task(4));
    // By a line of the library itself, which would tell a reader nothing; and by one
    // that is not in it: whoever calls a function that is passed on is in core.
    let at = Location::caller();
    assert_told(
        Event::JobQueued { job, by, at },
        "#4 gives job j1 to the pool",
    );
    let at = [(); 1].map(elsewhere)[0];
    assert!(!at.file().ends_with(file!()), "{at}");
    assert_told(
        Event::JobQueued { job, by, at },
        &format!(
            "#4 gives job j1 to the pool, from {}:{}",
            at.file(),
            at.line()
        ),
    );
    assert_told(Event::JobStarted { job, worker }, "worker 0 began job j1");
    let finished = |outcome| Event::JobFinished {
        job,
        worker,
        outcome,
    };
    assert_told(finished(Outcome::Ready), "worker 0 has done job j1");
    assert_told(finished(Outcome::Panicked), "job j1 panicked on worker 0");
    assert_told(
        Event::JobCancelled { job },
        "job j1 is cancelled: it will not run",
    );
    assert_eq!(
        texts([
            finished(Outcome::Ready),
            woken(4, Cause::Job(job), WakeEffect::Queued)
        ]),
        ["worker 0 has done job j1 -> wakes #4: queued"]
    );
}

#[test]
fn file_operations() {
    let by = Cause::Task(task(4));
    let op = |at_once| Event::FileOp { by, at_once };
    assert_eq!(
        texts([began(4), op(true)])[1],
        "    does a file operation at once: it needs no wait"
    );
    let at = Location::caller();
    let queued = Event::JobQueued { job: job(), by, at };
    assert_eq!(
        texts([began(4), op(false), queued])[1],
        "    sends a file operation to the pool: job j1"
    );
}
