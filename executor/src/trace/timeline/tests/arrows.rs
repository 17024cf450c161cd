//! Which arrows are drawn, and from where to where.

use super::*;

#[test]
fn an_arrow_leads_from_a_timers_firing() {
    let timer = TimerId(2);
    let fired = Event::TimerFired { timer };
    let events = [Event::Phase(Phase::Expire), fired]
        .into_iter()
        .chain(wakes_main(Cause::Timer(timer)));
    assert_arrow(events, "the loop: timer 2 fires", &polled_main());
}

#[test]
fn arrows_lead_from_readiness_which_may_be_recorded_before_other_readiness() {
    let (first, second) = (SourceId(1), SourceId(2));
    let ready = |source, direction| Event::SourceReady { source, direction };
    let (read, write) = (Direction::Read, Direction::Write);
    let trace = drawn(&recording([
        Event::Phase(Phase::React),
        ready(first, read),
        ready(second, write),
        woken(0, Cause::Source(first, read)),
        woken(1, Cause::Source(second, write)),
        Event::Phase(Phase::Expire),
        Event::Phase(Phase::Run),
        began(0),
        ended(0, Outcome::Pending),
        began(1),
        ended(1, Outcome::Pending),
    ]));
    let arrows = [
        ("the loop: source 1, readable".to_owned(), polled_main()),
        (
            "the loop: source 2, writable".to_owned(),
            "#1: #1".to_owned(),
        ),
    ];
    assert_eq!(trace.arrows(), arrows);
}

#[test]
fn arrows_lead_to_a_job_and_from_its_end() {
    let queued = Event::JobQueued {
        job: job(),
        by: Cause::Task(task(0)),
        at: Location::caller(),
    };
    let start = [began(0), queued, ended(0, Outcome::Pending)];
    let trace = drawn(&recording(
        start
            .into_iter()
            .chain([started(0), finished(0), Event::Phase(Phase::Inject)])
            .chain(wakes_main(Cause::Job(job()))),
    ));
    let (worker, main) = ("worker 0: job j1".to_owned(), polled_main());
    let arrows = [(main.clone(), worker.clone()), (worker, main)];
    assert_eq!(trace.arrows(), arrows);
    let job = trace.on("worker 0").next().unwrap();
    assert_eq!(
        (job.from, job.to, &job.args["outcome"]),
        (4_000, 5_000, &"ready".into())
    );
    assert_eq!(
        trace.arrows[1].times,
        (5_000, 8_000),
        "from the job's very end"
    );
}

#[test]
fn an_arrow_leads_from_a_job_that_wakes_in_its_midst() {
    let events = [started(7)].into_iter();
    let events = events
        .chain(wakes_main(Cause::Job(job())))
        .chain([finished(7)]);
    assert_arrow(events, "worker 7: job j1", &polled_main());
}

#[test]
fn arrows_lead_from_the_poll_of_who_woke_and_from_after_its_end() {
    let other = Cause::Task(task(1));
    let in_poll = [
        began(1),
        woken(0, other),
        ended(1, Outcome::Pending),
        began(0),
    ];
    assert_arrow(in_poll, "#1: #1", &polled_main());
    let after = [
        began(1),
        ended(1, Outcome::Ready),
        woken(0, other),
        began(0),
    ];
    assert_arrow(after, "#1: wakes #0 (block_on)", &polled_main());
    let itself = [
        began(1),
        woken(1, other),
        ended(1, Outcome::Pending),
        began(1),
    ];
    assert_arrow(itself, "#1: #1", "#1: #1");
}

#[test]
fn arrows_lead_from_other_threads_and_from_outside_the_tasks() {
    let threads = wakes_main(Cause::Thread(ThreadIndex(0)));
    let from = "other threads: another thread wakes #0 (block_on)";
    assert_arrow(threads, from, &polled_main());
    let outside = wakes_main(Cause::Outside);
    assert_arrow(outside, "the loop: wakes #0 (block_on)", &polled_main());
}

#[test]
fn an_arrow_leads_from_each_block_on_to_the_first_poll_of_its_future() {
    let block_on = || Event::MainStarted {
        at: Location::caller(),
    };
    let trace = drawn(&recording([
        block_on(),
        began(0),
        ended(0, Outcome::Pending),
        began(0),
        ended(0, Outcome::Ready),
        block_on(),
        began(0),
    ]));
    let arrow = || ("the loop: block_on".to_owned(), polled_main());
    assert_eq!(trace.arrows(), [arrow(), arrow()]);
    let ends: Vec<_> = trace.arrows.iter().map(|arrow| arrow.times.1).collect();
    assert_eq!(ends, [2_000, 7_000]);
}

#[test]
fn a_wake_to_no_effect_or_to_no_poll_has_no_arrow() {
    let nothing = Event::Woken {
        task: task(0),
        cause: Cause::Task(task(1)),
        effect: WakeEffect::Nothing,
    };
    let ended = ended(1, Outcome::Pending);
    let trace = drawn(&recording([
        began(1),
        nothing,
        woken(2, Cause::Outside),
        ended,
    ]));
    assert!(trace.arrows.is_empty());
    let instants: Vec<_> = trace.instants_on("#1").collect();
    assert_eq!(instants, ["wakes #0 (block_on), to no effect"]);
}

#[test]
fn an_aborted_task_is_dropped_in_a_slice_where_the_arrow_of_its_abort_ends() {
    let aborted = Event::Aborted {
        task: task(1),
        by: Cause::Outside,
        queued: true,
    };
    let events = [aborted, began(1), ended(1, Outcome::Cancelled)];
    assert_arrow(events, "the loop: aborts #1", "#1: #1");
}
