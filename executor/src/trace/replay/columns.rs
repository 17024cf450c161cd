//! The run as columns of numbers.
//!
//! Owns the data that the page reads, in the format that `mod.rs` describes.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::panic::Location;

use crate::record::event::{Cause, Event, ParkedUntil, Phase, Record, SyncStep, WaitsOn};
use crate::record::ids::{Direction, Id};
use crate::trace::Recording;
use crate::trace::json::Quoted;
use crate::trace::story::Teller;

const NONE: i64 = -1;

#[derive(Default)]
pub(super) struct Columns {
    strings: Strings,
    tasks: Tasks,
    before: usize,
    dropped: u64,
    order: u8,
    /// The row with which the runtime's end begins.
    end: i64,
    rows: Vec<Row>,
    /// The row of the inject phase that has not ended.
    injects: Option<usize>,
}

struct Row {
    at: i64,
    kind: u8,
    operands: [i64; 4],
    words: i64,
    place: i64,
}

/// Each text once.
#[derive(Default)]
struct Strings {
    texts: Vec<String>,
    places: HashMap<String, i64>,
}

impl Strings {
    fn add(&mut self, text: &str) -> i64 {
        if let Some(&place) = self.places.get(text) {
            return place;
        }
        let place = self.texts.len() as i64;
        self.texts.push(text.to_owned());
        self.places.insert(text.to_owned(), place);
        place
    }
}

/// Each task and job once, in the order in which they are met.
#[derive(Default)]
struct Tasks {
    places: HashMap<Id, i64>,
    /// The texts of its id, its name and its spawn.
    texts: Vec<[i64; 3]>,
}

impl Columns {
    pub(super) fn of(recording: &Recording) -> Self {
        let mut columns = Self {
            before: recording.before().len(),
            dropped: recording.dropped(),
            order: recording.known.order() as u8,
            end: NONE,
            ..Self::default()
        };
        let mut teller = Teller::default();
        for record in recording.before() {
            teller.know(record);
            columns.push(recording, record, "");
        }
        for (place, record) in recording.records().iter().enumerate() {
            if recording.known.end() == Some(place) {
                teller.runtime_ends();
                columns.end = columns.rows.len() as i64;
            }
            let words = teller.each(record, &recording.known);
            columns.push(recording, record, &words);
        }
        columns.end_inject();
        columns
    }

    fn push(&mut self, recording: &Recording, record: &Record, words: &str) {
        if matches!(record.event, Event::Phase(_) | Event::Turn { .. }) {
            self.end_inject();
        }
        let (kind, operands) = self.encode(recording, &record.event);
        if matches!(record.event, Event::Phase(Phase::Inject)) {
            self.injects = Some(self.rows.len());
        }
        let row = Row {
            at: record.at as i64,
            kind,
            operands,
            words: self.strings.add(words),
            place: self.strings.add(record.event.place()),
        };
        self.rows.push(row);
    }

    fn end_inject(&mut self) {
        let end = self.rows.len() as i64;
        if let Some(row) = self.injects.take() {
            self.rows[row].operands[1] = end;
        }
    }

    /// An event's kind, and what it has.
    fn encode(&mut self, recording: &Recording, event: &Event) -> (u8, [i64; 4]) {
        match *event {
            Event::Turn { number } => (0, [number as i64, 0, 0, 0]),
            Event::Phase(phase) => (1, [phase as i64, 0, 0, 0]),
            Event::MainStarted { at } => (2, [self.main(at), 0, 0, 0]),
            Event::Spawned {
                task,
                by,
                at,
                ref name,
            } => {
                let [kind, which] = self.cause(recording, by);
                let task = self.task(task);
                let name = name.as_ref().map_or(NONE, |name| self.strings.add(name));
                self.spawned(task, name, at);
                (3, [task, kind, which, 0])
            }
            Event::PollBegan { task } => (4, [self.task(task), 0, 0, 0]),
            Event::PollEnded {
                task,
                outcome,
                requeued,
            } => {
                let task = self.task(task);
                (5, [task, outcome as i64, i64::from(requeued), 0])
            }
            Event::Woken {
                task,
                cause,
                effect,
            } => {
                let [kind, which] = self.cause(recording, cause);
                (6, [self.task(task), kind, which, effect as i64])
            }
            Event::Aborted { task, by, queued } => {
                let [kind, which] = self.cause(recording, by);
                (7, [self.task(task), kind, which, i64::from(queued)])
            }
            Event::Waits { task, on } => {
                let [kind, which] = self.wait(on);
                (8, [self.task(task), kind, which, 0])
            }
            Event::WaitDropped { on } => {
                let [kind, which] = self.wait(on);
                (9, [0, kind, which, 0])
            }
            Event::Parked { until } => match until {
                ParkedUntil::Look => (10, [0, 0, 0, 0]),
                ParkedUntil::Deadline(deadline) => (10, [1, deadline as i64, 0, 0]),
                ParkedUntil::ForEver => (10, [2, 0, 0, 0]),
            },
            Event::Unparked { events } => (11, [events as i64, 0, 0, 0]),
            Event::ClockJumped { from } => (12, [from as i64, 0, 0, 0]),
            Event::SourceRegistered {
                source,
                fd,
                read,
                write,
            } => {
                let (read, write) = (i64::from(read), i64::from(write));
                (13, [i64::from(source.0), i64::from(fd), read, write])
            }
            Event::SourceReady { source, direction } => {
                (14, [i64::from(source.0), direction as i64, 0, 0])
            }
            Event::SourceCleared { source, direction } => {
                (15, [i64::from(source.0), direction as i64, 0, 0])
            }
            Event::SourceClosed { source } => (16, [i64::from(source.0), 0, 0, 0]),
            Event::TimerArmed {
                timer,
                deadline,
                by,
            } => {
                let [kind, which] = self.cause(recording, by);
                (17, [i64::from(timer.0), kind, which, deadline as i64])
            }
            Event::TimerFired { timer } => (18, [i64::from(timer.0), 0, 0, 0]),
            Event::TimerDropped { timer } => (19, [i64::from(timer.0), 0, 0, 0]),
            Event::JobQueued { job, by, at } => {
                let [kind, which] = self.cause(recording, by);
                let job = self.task(job);
                self.spawned(job, NONE, at);
                (20, [job, kind, which, 0])
            }
            Event::JobStarted { job, worker } => (21, [self.task(job), worker as i64, 0, 0]),
            Event::JobFinished {
                job,
                worker,
                outcome,
            } => (22, [self.task(job), worker as i64, outcome as i64, 0]),
            Event::JobCancelled { job } => (23, [self.task(job), 0, 0, 0]),
            Event::FileOp { by, at_once } => {
                let [kind, which] = self.cause(recording, by);
                (24, [i64::from(at_once), kind, which, 0])
            }
            Event::SyncMet {
                sync,
                kind,
                at,
                ref name,
            } => {
                let kind = self.strings.add(kind.name());
                let name = name.as_ref().map_or(NONE, |name| self.strings.add(name));
                let at = at.map_or(NONE, |at| {
                    self.strings.add(&format!("{}:{}", at.file(), at.line()))
                });
                (25, [i64::from(sync.0), kind, name, at])
            }
            Event::SyncStepped { sync, step, .. } => {
                let (step, task, permits) = match step {
                    SyncStep::Taken(permits) => (0, NONE, permits),
                    SyncStep::Given { of, permits } => (1, self.task(of), permits),
                    SyncStep::Handed { to } => (2, self.task(to), 0),
                    SyncStep::ToldAll => (3, NONE, 0),
                    SyncStep::Closed => (4, NONE, 0),
                };
                (26, [i64::from(sync.0), step, task, i64::from(permits)])
            }
            Event::InContext { task, ref shown } => {
                (28, [self.task(task), self.strings.add(shown), 0, 0])
            }
            Event::SyncGone { sync } => (27, [i64::from(sync.0), 0, 0, 0]),
        }
    }

    fn task(&mut self, id: Id) -> i64 {
        // `MainStarted` does not say of which runtime, and only one is recorded here.
        let id = if id.is_main() { Id::main(0) } else { id };
        if let Some(&place) = self.tasks.places.get(&id) {
            return place;
        }
        let place = self.tasks.texts.len() as i64;
        let text = self.strings.add(&id.to_string());
        self.tasks.texts.push([text, NONE, NONE]);
        self.tasks.places.insert(id, place);
        place
    }

    fn main(&mut self, at: &'static Location<'static>) -> i64 {
        let main = self.task(Id::main(0));
        self.spawned(main, NONE, at);
        main
    }

    fn spawned(&mut self, task: i64, name: i64, at: &'static Location<'static>) {
        let place = format!("{}:{}", at.file(), at.line());
        let place = self.strings.add(&place);
        let texts = &mut self.tasks.texts[task as usize];
        (texts[1], texts[2]) = (name, place);
    }

    fn cause(&mut self, recording: &Recording, cause: Cause) -> [i64; 2] {
        match cause {
            Cause::Task(task) => [0, self.task(task)],
            Cause::Source(source, Direction::Read) => [1, i64::from(source.0)],
            Cause::Source(source, Direction::Write) => [2, i64::from(source.0)],
            Cause::Timer(timer) => [3, i64::from(timer.0)],
            Cause::Job(job) => [4, self.task(job)],
            Cause::Thread(thread) => {
                let name = recording.thread(thread);
                [5, name.map_or(NONE, |name| self.strings.add(name))]
            }
            Cause::Outside => [6, 0],
        }
    }

    fn wait(&mut self, on: WaitsOn) -> [i64; 2] {
        match on {
            WaitsOn::Timer(timer) => [0, i64::from(timer.0)],
            WaitsOn::Source(source, Direction::Read) => [1, i64::from(source.0)],
            WaitsOn::Source(source, Direction::Write) => [2, i64::from(source.0)],
            WaitsOn::Handle(task) => [3, self.task(task)],
            WaitsOn::Sync(sync) => [4, i64::from(sync.0)],
        }
    }
}

impl Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{\"strings\":")?;
        list(f, self.strings.texts.iter().map(Quoted))?;
        f.write_str(",\n\"tasks\":")?;
        list(f, self.tasks.texts.iter().flatten())?;
        write!(
            f,
            ",\n\"before\":{},\"dropped\":{},\"order\":{},\"end\":{},\n\"at\":",
            self.before, self.dropped, self.order, self.end
        )?;
        let mut last = 0;
        list(
            f,
            self.rows.iter().map(|row| {
                let since = row.at - last;
                last = row.at;
                since
            }),
        )?;
        f.write_str(",\n\"kind\":")?;
        list(f, self.rows.iter().map(|row| row.kind))?;
        for (index, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
            write!(f, ",\n\"{name}\":")?;
            list(f, self.rows.iter().map(|row| row.operands[index]))?;
        }
        f.write_str(",\n\"words\":")?;
        list(f, self.rows.iter().map(|row| row.words))?;
        f.write_str(",\n\"place\":")?;
        list(f, self.rows.iter().map(|row| row.place))?;
        f.write_str("}")
    }
}

fn list(f: &mut fmt::Formatter<'_>, values: impl Iterator<Item = impl Display>) -> fmt::Result {
    f.write_str("[")?;
    for (index, value) in values.enumerate() {
        if index > 0 {
            f.write_str(",")?;
        }
        value.fmt(f)?;
    }
    f.write_str("]")
}
