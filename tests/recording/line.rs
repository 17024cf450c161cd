//! A recording as lines that a test can compare: one for each event, without its
//! time and its place in the source.

use buzzer::trace::{Cause, Event, ParkedUntil, Recording, SyncStep, WaitsOn};

/// All of it.
pub fn lines(recording: &Recording) -> Vec<String> {
    let records = recording.records().iter();
    records
        .map(|record| line(recording, &record.event))
        .collect()
}

/// All but the turns and their phases, and the parks.
pub fn doings(recording: &Recording) -> Vec<String> {
    let records = recording.records().iter();
    records
        .filter(|record| {
            !matches!(
                record.event,
                Event::Turn { .. }
                    | Event::Phase(_)
                    | Event::Parked { .. }
                    | Event::Unparked { .. }
            )
        })
        .map(|record| line(recording, &record.event))
        .collect()
}

/// Those lines of [`doings`] that begin or end like this.
pub fn doings_of(recording: &Recording, of: &str) -> Vec<String> {
    let mut lines = doings(recording);
    lines.retain(|line| line.starts_with(of) || line.ends_with(of));
    lines
}

pub fn line(recording: &Recording, event: &Event) -> String {
    let by = |cause: &Cause| match cause {
        Cause::Task(task) => format!("task {task}"),
        Cause::Source(source, direction) => format!("source {source} {direction:?}"),
        Cause::Timer(timer) => format!("timer {timer}"),
        Cause::Job(job) => format!("job {job}"),
        Cause::Thread(thread) => {
            format!(
                "thread {}",
                recording.thread(*thread).unwrap_or("without a name")
            )
        }
        Cause::Outside => "the program".to_owned(),
    };
    let on = |on: &WaitsOn| match on {
        WaitsOn::Timer(timer) => format!("timer {timer}"),
        WaitsOn::Source(source, direction) => format!("source {source} {direction:?}"),
        WaitsOn::Handle(id) => format!("the end of {id}"),
        WaitsOn::Sync(sync) => format!("sync {sync}"),
    };
    match event {
        Event::Turn { number } => format!("turn {number}"),
        Event::Phase(phase) => format!("phase {phase:?}"),
        Event::MainStarted { .. } => "main started".to_owned(),
        Event::Spawned {
            task,
            by: cause,
            name,
            ..
        } => {
            let name = name.as_ref().map(|name| format!(" as {name}"));
            format!(
                "{task} spawned by {}{}",
                by(cause),
                name.unwrap_or_default()
            )
        }
        Event::PollBegan { task } => format!("{task} polled"),
        Event::PollEnded {
            task,
            outcome,
            requeued,
        } => format!(
            "{task} {outcome:?}{}",
            if *requeued { ", queued again" } else { "" }
        ),
        Event::Woken {
            task,
            cause,
            effect,
        } => format!("{task} woken by {}: {effect:?}", by(cause)),
        Event::Aborted {
            task,
            by: cause,
            queued,
        } => format!(
            "{task} aborted by {}{}",
            by(cause),
            if *queued { ", queued" } else { "" }
        ),
        Event::Waits { task, on: what } => format!("{task} waits for {}", on(what)),
        Event::WaitDropped { on: what } => format!("no wait for {}", on(what)),
        Event::Parked { until } => match until {
            ParkedUntil::Look => "looks".to_owned(),
            ParkedUntil::Deadline(deadline) => format!("parks until {deadline}"),
            ParkedUntil::ForEver => "parks for ever".to_owned(),
        },
        Event::Unparked { events } => format!("awake with {events} events"),
        Event::ClockJumped { from } => format!("clock jumps from {from}"),
        Event::SourceRegistered {
            source,
            read,
            write,
            ..
        } => format!("source {source} registered, read {read}, write {write}"),
        Event::SourceReady { source, direction } => format!("source {source} {direction:?} ready"),
        Event::SourceCleared { source, direction } => {
            format!("source {source} {direction:?} cleared")
        }
        Event::SourceClosed { source } => format!("source {source} closed"),
        Event::TimerArmed {
            timer,
            deadline,
            by: cause,
        } => format!("timer {timer} armed for {deadline} by {}", by(cause)),
        Event::TimerFired { timer } => format!("timer {timer} fired"),
        Event::TimerDropped { timer } => format!("timer {timer} dropped"),
        Event::JobQueued { job, by: cause, .. } => format!("{job} queued by {}", by(cause)),
        Event::JobStarted { job, worker } => format!("{job} started on worker {worker}"),
        Event::JobFinished {
            job,
            worker,
            outcome,
        } => format!("{job} finished on worker {worker}: {outcome:?}"),
        Event::JobCancelled { job } => format!("{job} cancelled"),
        Event::FileOp { by: cause, at_once } => format!(
            "file operation by {}, {}",
            by(cause),
            if *at_once { "at once" } else { "by a job" }
        ),
        Event::SyncMet {
            sync, kind, name, ..
        } => {
            let name = name.as_ref().map(|name| format!(" named {name}"));
            format!("sync {sync}: {}{}", kind.name(), name.unwrap_or_default())
        }
        Event::SyncStepped { sync, step } => {
            let step = match step {
                SyncStep::Taken(permits) => format!("taken, {permits}"),
                SyncStep::Given { of, permits } => format!("given back of {of}, {permits}"),
                SyncStep::Handed { to } => format!("handed to {to}"),
                SyncStep::ToldAll => "all told".to_owned(),
                SyncStep::Closed => "closed".to_owned(),
            };
            format!("sync {sync} {step}")
        }
        Event::InContext { task, shown } => format!("{task} in the context {shown}"),
        Event::SyncGone { sync } => format!("sync {sync} gone"),
    }
}
