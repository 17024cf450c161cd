//! The dump as a tree.
//!
//! Owns its `Display`: who awaits whom, each task under the one that waits for it.
//! Tasks that wait in a circle have nobody above them; one of them is taken for the
//! top, and the circle is told where it closes.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::panic::Location;
use std::time::Duration;

use super::crowds::{state, summary};
use super::outside;
use super::syncs::{Ahead, Behind};
use super::{Dump, JobDump, JobState, SyncHolder, SyncWant, TaskDump, TaskState, Wait, WaitFor};
use crate::machine::reactor::child_of;
use crate::record::ids::{Direction, Id};
use crate::record::time::Nanos;
use crate::trace::names::{Count, Span, is_told, site};

/// Lines of trees that are printed, and as many again for circles. What is beyond is
/// counted by what it is and where it comes from: nobody reads ten thousand lines, and a
/// crowd is usually of few kinds.
const LINES: usize = 120;

/// Of a longer chain of tasks the rest is counted too: no screen is wide enough for it,
/// and no stack deep enough.
const DEEPEST: usize = 20;

/// Of those who hold one lock, or have permits of one semaphore, more are counted.
const HOLDERS: usize = 8;

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
        let mut ahead = Ahead::new(self);
        let awaited = self.tasks.iter().flat_map(|task| ahead.of(task));
        let awaited: BTreeSet<_> = awaited.collect();
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
        list(f, "blocking jobs that nobody waits for", alone)?;
        outside::advise(self, f)
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

/// What stands before a line of a tree, and before those under it.
fn branch(is_last: bool) -> (&'static str, &'static str) {
    match is_last {
        true => ("└─ ", "   "),
        false => ("├─ ", "│  "),
    }
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
            let (branch, under) = branch(is_last);
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
        let id = match wait.on {
            WaitFor::Task(id) => id,
            WaitFor::Sync { sync, want } => return self.sync(f, sync, want, indent, above),
            _ => return write!(f, "{}", self.dump.wait(&wait.on)),
        };
        self.awaited(f, id, indent, above, " to end")
    }

    /// A lock or channel, and behind it who can end the wait for it.
    fn sync(
        &mut self,
        f: &mut Formatter<'_>,
        sync: u64,
        want: SyncWant,
        indent: &str,
        above: &[Id],
    ) -> fmt::Result {
        write!(f, "{}", self.dump.wait(&WaitFor::Sync { sync, want }))?;
        let Some(sync) = self.dump.sync(sync) else {
            return Ok(());
        };
        let mut behind = sync.behind(want);
        if let [one] = behind[..] {
            write!(f, ", {}", sync.did(one))?;
            return self.behind(f, one, indent, above);
        }
        // Who closes a circle comes first: the others may be too many to be told.
        let is_above = |task| above.contains(&task);
        behind.sort_by_key(|behind| !behind.task().is_some_and(is_above));
        for (index, one) in behind.iter().enumerate() {
            let more = behind.len() - index;
            if more > 1 && (self.room == 0 || index == HOLDERS) {
                return write!(f, "\n{indent}└─ and {} more", Count(more as u64));
            }
            self.room = self.room.saturating_sub(1);
            let (branch, under) = branch(more == 1);
            write!(f, "\n{indent}{branch}{}", sync.did(*one))?;
            self.behind(f, *one, &format!("{indent}{under}"), above)?;
        }
        Ok(())
    }

    fn behind(
        &mut self,
        f: &mut Formatter<'_>,
        behind: Behind,
        indent: &str,
        above: &[Id],
    ) -> fmt::Result {
        match behind {
            Behind::Holds(SyncHolder { job: Some(id), .. }) => match self.dump.job(id) {
                Some(job) => {
                    let doing = doing_job(id, job.work(), job.spawned_at, job.state);
                    write!(f, "{doing}")
                }
                None => write!(f, "job {id}, which has ended"),
            },
            _ => match behind.task() {
                Some(task) => self.awaited(f, task, indent, above, ""),
                None => Ok(()),
            },
        }
    }

    /// A task that is waited for. `to` says for what, where only its id is told.
    fn awaited(
        &mut self,
        f: &mut Formatter<'_>,
        id: Id,
        indent: &str,
        above: &[Id],
        to: &str,
    ) -> fmt::Result {
        match self.dump.task(id) {
            Some(_) if above.contains(&id) => {
                write!(f, "#{id}, which is above: they wait in a circle")
            }
            Some(task) if !self.shown.contains(&id) && above.len() < DEEPEST => {
                self.task(f, task, indent, above)
            }
            Some(_) => write!(f, "#{id}{to}"),
            None => write!(f, "#{id}, which has ended"),
        }
    }
}

impl Dump {
    /// These tasks, and all that hang under them.
    fn reached(&self, tops: &[&TaskDump]) -> BTreeSet<Id> {
        let mut reached = BTreeSet::new();
        let mut ahead = Ahead::new(self);
        let mut next: Vec<_> = tops.iter().map(|task| task.id).collect();
        while let Some(id) = next.pop() {
            if reached.insert(id) {
                let task = self.task(id);
                next.extend(task.into_iter().flat_map(|task| ahead.of(task)));
            }
        }
        reached
    }

    fn wait(&self, on: &WaitFor) -> impl Display {
        fmt::from_fn(move |f| match on {
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
            WaitFor::Sync { sync, want } => match self.sync(*sync) {
                Some(sync) => write!(f, "{}", sync.wanted(*want)),
                None => f.write_str("a lock or channel"),
            },
            WaitFor::Outside => f.write_str(outside::WHAT),
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
        if let Some(context) = task.context() {
            write!(f, " [{}]", context.escape_debug())?;
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
