//! The dump as a tree.
//!
//! Owns its `Display`: who awaits whom, each task under the one that waits for it.
//! Tasks that wait in a circle have nobody above them; one of them is taken for the
//! top, and the circle is told where it closes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use std::panic::Location;
use std::time::Duration;

use super::{Dump, JobDump, JobState, TaskDump, TaskState, Wait, WaitFor};
use crate::machine::reactor::child_of;
use crate::record::ids::{Direction, Id};
use crate::record::time::Nanos;
use crate::trace::names::{Count, Span, is_told};

/// Lines of trees that are printed, and as many again for circles. What is beyond is
/// counted by what it is and where it comes from: nobody reads ten thousand lines, and a
/// crowd is usually of few kinds.
const LINES: usize = 120;

/// Of a longer chain of tasks the rest is counted too: no screen is wide enough for it,
/// and no stack deep enough.
const DEEPEST: usize = 20;

impl Display for Dump {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let now = Span(self.now.as_nanos() as Nanos);
        let tasks = self.tasks.len();
        let count = Count(tasks as u64);
        let s = if tasks == 1 { "" } else { "s" };
        write!(f, "{count} task{s}, {now} after the runtime was made")?;
        if tasks > 0 && !self.knows_polls {
            f.write_str(
                "\n(how long each has waited is not known: `Builder::dump_waits` has it kept)",
            )?;
        }
        let mut tree = Tree {
            dump: self,
            shown: BTreeSet::new(),
            room: LINES,
        };
        let awaited: BTreeSet<_> = self.tasks.iter().flat_map(awaits).collect();
        let (inner, tops): (Vec<_>, Vec<_>) = self
            .tasks
            .iter()
            .partition(|task| awaited.contains(&task.id));
        let under_tops = self.reached(&tops);
        tree.all(f, tops.into_iter())?;
        // Whoever hangs under none of them waits in a circle.
        tree.room = LINES;
        let circles = inner.into_iter();
        tree.all(f, circles.filter(|task| !under_tops.contains(&task.id)))?;
        let rest = self.tasks.iter();
        let rest: Vec<_> = rest.filter(|task| !tree.shown.contains(&task.id)).collect();
        summary(f, &rest)?;
        let foreign = self.by_foreign.iter().map(|on| self.wait(on));
        list(f, "waited for through wakers of other libraries", foreign)?;
        let alone = self.jobs.values().filter(|job| !job.is_awaited);
        let alone = alone.map(|job| doing_job(job.id, job.work(), job.spawned_at, job.state));
        list(f, "blocking jobs that nobody waits for", alone)
    }
}

fn list(
    f: &mut Formatter<'_>,
    title: &str,
    lines: impl Iterator<Item = impl Display>,
) -> fmt::Result {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        write!(f, "\n\n{title}:")?;
    }
    for line in lines.by_ref().take(LINES) {
        write!(f, "\n- {line}")?;
    }
    match lines.count() {
        0 => Ok(()),
        more => write!(f, "\n- and {} more", Count(more as u64)),
    }
}

/// The tasks that this one waits for.
fn awaits(task: &TaskDump) -> impl Iterator<Item = Id> {
    task.waits.iter().filter_map(|wait| match wait.on {
        WaitFor::Task(id) => Some(id),
        _ => None,
    })
}

struct Tree<'a> {
    dump: &'a Dump,
    /// Each task is told once.
    shown: BTreeSet<Id>,
    /// Lines that may still be printed.
    room: usize,
}

impl Tree<'_> {
    /// A tree for each of them that was not told yet, as far as there is room.
    fn all<'a>(
        &mut self,
        f: &mut Formatter<'_>,
        tasks: impl Iterator<Item = &'a TaskDump>,
    ) -> fmt::Result {
        for task in tasks {
            if self.room == 0 {
                break;
            }
            if !self.shown.contains(&task.id) {
                self.room -= 1;
                f.write_str("\n\n")?;
                self.task(f, task, "", &[])?;
            }
        }
        Ok(())
    }

    /// A task, and under it what it waits for. `above` are the tasks that it hangs under.
    fn task(
        &mut self,
        f: &mut Formatter<'_>,
        task: &TaskDump,
        indent: &str,
        above: &[Id],
    ) -> fmt::Result {
        self.shown.insert(task.id);
        write!(f, "{}", head(task))?;
        let above = [above, &[task.id]].concat();
        for (index, wait) in task.waits.iter().enumerate() {
            let more = task.waits.len() - index;
            if self.room == 0 && more > 1 {
                let more = Count(more as u64);
                return write!(f, "\n{indent}└─ and {more} more");
            }
            self.room = self.room.saturating_sub(1);
            let is_last = index + 1 == task.waits.len();
            let (branch, under) = match is_last {
                true => ("└─ ", "   "),
                false => ("├─ ", "│  "),
            };
            write!(f, "\n{indent}{branch}")?;
            self.wait(f, wait, &format!("{indent}{under}"), &above)?;
        }
        Ok(())
    }

    fn wait(
        &mut self,
        f: &mut Formatter<'_>,
        wait: &Wait,
        indent: &str,
        above: &[Id],
    ) -> fmt::Result {
        if let Some(position) = wait.child {
            write!(f, "child {position}: ")?;
        }
        let WaitFor::Task(id) = wait.on else {
            return write!(f, "{}", self.dump.wait(&wait.on));
        };
        match self.dump.task(id) {
            Some(_) if above.contains(&id) => {
                write!(f, "#{id}, which is above: they wait in a circle")
            }
            Some(task) if !self.shown.contains(&id) && above.len() < DEEPEST => {
                self.task(f, task, indent, above)
            }
            _ => write!(f, "#{id} to end"),
        }
    }
}

impl Dump {
    /// These tasks, and all that hang under them.
    fn reached(&self, tops: &[&TaskDump]) -> BTreeSet<Id> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<_> = tops.iter().map(|task| task.id).collect();
        while let Some(id) = next.pop() {
            if reached.insert(id) {
                next.extend(self.task(id).into_iter().flat_map(awaits));
            }
        }
        reached
    }

    fn wait(&self, on: &WaitFor) -> impl Display {
        fmt::from_fn(move |f| {
            match on {
            WaitFor::Deadline { timer, at: None } => {
                write!(f, "timer {timer}, which never comes due")
            }
            WaitFor::Deadline {
                timer,
                at: Some(at),
            } => {
                write!(f, "timer {timer}, due at {}", span(*at))?;
                match at.checked_sub(self.now) {
                    Some(left) => write!(f, " (in {})", span(left)),
                    None => f.write_str(" (overdue)"),
                }
            }
            WaitFor::Source {
                source,
                fd,
                direction,
            } => {
                let to_be = match direction {
                    Direction::Read => "readable",
                    Direction::Write => "writable",
                };
                match self.source(*source) {
                    Some(source) => write!(f, "{} (", source.what)?,
                    None => write!(f, "source {source} (")?,
                }
                match child_of(*fd) {
                    Some(_) => f.write_str("no descriptor")?,
                    None => write!(f, "descriptor {fd}")?,
                }
                match self.source(*source).and_then(|source| source.made_at) {
                    Some(at) => write!(f, ", made at {}) to become {to_be}", site(at)),
                    None => write!(f, ") to become {to_be}"),
                }
            }
            WaitFor::Task(id) => write!(f, "#{id} to end"),
            WaitFor::Job {
                job,
                spawned_at,
                state,
            } => {
                let work = self.job(*job).and_then(JobDump::work);
                write!(f, "{}", doing_job(*job, work, spawned_at, *state))
            }
            WaitFor::Outside => {
                f.write_str(
                "something outside the runtime: a channel, a lock, a scope's handle, another executor",
            )
            }
        }
        })
    }
}

/// `#4 'other work' (src/main.rs:12:5): waits`.
fn head(task: &TaskDump) -> impl Display {
    fmt::from_fn(move |f| {
        write!(f, "#{}", task.id)?;
        if let Some(name) = task.name() {
            write!(f, " '{}'", name.escape_debug())?;
        }
        match (task.id.is_main(), task.spawned_at) {
            (true, Some(at)) => write!(f, " (block_on at {})", site(at))?,
            (true, None) => f.write_str(" (block_on)")?,
            (false, Some(at)) if is_told(task.name(), at) => write!(f, " ({})", site(at))?,
            (false, _) => {}
        }
        let aborted = if task.aborted { ", aborted" } else { "" };
        let waits = task.state == TaskState::Waiting;
        match (task.polls, task.waited.filter(|_| !waits).map(span)) {
            (None, _) => {}
            (Some(0), Some(ago)) => write!(f, ", never polled, spawned {ago} ago")?,
            (Some(1), Some(ago)) => write!(f, ", polled once, {ago} ago")?,
            (Some(polls), Some(ago)) => {
                write!(f, ", polled {} times, last {ago} ago", Count(polls))?
            }
            (Some(1), None) => f.write_str(", polled once")?,
            (Some(polls), None) => write!(f, ", polled {} times", Count(polls))?,
        }
        match task.waited.filter(|_| waits) {
            Some(waited) => write!(f, ": has waited {} for", span(waited))?,
            None => write!(f, ": {}", state(task.state))?,
        }
        f.write_str(aborted)
    })
}

fn span(time: Duration) -> Span {
    Span(time.as_nanos() as Nanos)
}

fn state(state: TaskState) -> &'static str {
    match state {
        TaskState::Waiting => "waits for",
        TaskState::Queued => "in the run queue",
        TaskState::Running => "is being polled",
        TaskState::Ended => "has ended; nobody has taken its output",
    }
}

fn site(at: &Location<'_>) -> impl Display {
    format!("{}:{}:{}", at.file(), at.line(), at.column())
}

/// `job j3 (read /etc/hosts), running on worker 0`. What has no name of its own is known
/// by where it was spawned.
fn doing_job(
    job: Id,
    work: Option<String>,
    spawned_at: &Location<'_>,
    state: JobState,
) -> impl Display {
    fmt::from_fn(move |f| {
        match &work {
            Some(work) => write!(f, "job {job} ({work})")?,
            None => write!(f, "job {job} ({})", site(spawned_at))?,
        }
        match state {
            JobState::InLine => f.write_str(", in line before the pool's full queue"),
            JobState::BehindLookups => f.write_str(
                ", in line behind other lookups, which may hold a part of the pool's threads only",
            ),
            JobState::Queued => f.write_str(", queued for a worker"),
            JobState::Running(worker) => write!(f, ", running on worker {worker}"),
        }
    })
}

/// The tasks that are too many to be printed: by where they were spawned and what they
/// do, the largest crowd first.
fn summary(f: &mut Formatter<'_>, rest: &[&TaskDump]) -> fmt::Result {
    let mut crowds: BTreeMap<(Option<String>, String), u64> = BTreeMap::new();
    for task in rest {
        let at = task.spawned_at.map(|at| site(at).to_string());
        *crowds.entry((at, doing(task))).or_default() += 1;
    }
    if rest.is_empty() {
        return Ok(());
    }
    write!(f, "\n\nand {} more:", Count(rest.len() as u64))?;
    let mut crowds: Vec<_> = crowds.into_iter().collect();
    crowds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((at, doing), count) in crowds {
        let at = at.unwrap_or_else(|| "an unknown place".to_owned());
        write!(f, "\n- {} of {at}: {doing}", Count(count))?;
    }
    Ok(())
}

/// What a task does, without the particulars.
fn doing(task: &TaskDump) -> String {
    if task.state != TaskState::Waiting {
        return state(task.state).to_owned();
    }
    let kinds: BTreeSet<_> = task.waits.iter().map(|wait| kind(&wait.on)).collect();
    let kinds: Vec<_> = kinds.into_iter().collect();
    format!("wait for {}", kinds.join(" and "))
}

fn kind(on: &WaitFor) -> &'static str {
    match on {
        WaitFor::Deadline { .. } => "a deadline",
        WaitFor::Source {
            direction: Direction::Read,
            ..
        } => "a descriptor to become readable",
        WaitFor::Source {
            direction: Direction::Write,
            ..
        } => "a descriptor to become writable",
        WaitFor::Task(_) => "a task",
        WaitFor::Job { .. } => "a job",
        WaitFor::Outside => "something outside the runtime",
    }
}
