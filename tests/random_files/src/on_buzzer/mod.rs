//! A strand's side on buzzer: its handles, and each step done with them.
//!
//! Owns which way a step goes and what is seen of it. `gate.rs` stops the workers,
//! `handles.rs` has what is done to handles, `polled.rs` and `stints.rs` what is done through
//! the traits and through buffers, `paths.rs` what is done to paths.

mod gate;
mod handles;
mod paths;
mod polled;
mod stints;

use crate::fault::Fault;
use crate::outcome::Outcome;
use crate::places;
use crate::program::{FileOp, Op, Options, SLOTS, Short, Slot, Step, Way};
use buzzer::fs::File;
use gate::Gate;
use std::fs::Permissions;
use std::future::pending;
use std::io::{self, SeekFrom};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::Poll;

pub struct Side {
    root: PathBuf,
    pub slots: [Option<File>; SLOTS],
    /// `None` where other strands need the workers, too.
    gate: Option<Gate>,
    fault: Fault,
}

/// What is seen of a step.
#[derive(Default)]
pub struct Seen {
    /// What settling the file brought, where that came before.
    pub before: Option<Outcome>,
    /// `None` if it was dropped.
    pub outcome: Option<Outcome>,
    /// How often the workers had done all that they had, before it was ready.
    pub stage: u8,
    /// Jobs begun and first tries that were answered.
    pub jobs: u64,
    pub at_once: u64,
    /// What a read had brought when it was dropped.
    pub partial: Vec<u8>,
    /// What settling the file, or asking for its position, brought, where that came after.
    pub after: Option<Outcome>,
    /// Whether the workers had done all when it began, and when it was over.
    pub began_drained: bool,
    pub ended_drained: bool,
}

impl Side {
    pub fn new(root: PathBuf, is_alone: bool, fault: Fault) -> Self {
        Self {
            root,
            slots: [const { None }; SLOTS],
            gate: is_alone.then(Gate::default),
            fault,
        }
    }

    /// Hands itself to the step, which may be a task of its own.
    pub async fn step(mut self, step: &Step) -> (Self, Seen) {
        let mut seen = match step.way {
            Way::Awaited => self.awaited(&step.op).await,
            Way::InATask => {
                let op = step.op.clone();
                let task = buzzer::spawn(async move {
                    let seen = self.awaited(&op).await;
                    (self, seen)
                });
                let (side, seen) = task.await.expect("a step does not panic");
                self = side;
                seen
            }
            Way::Dropped { stages, drain } => match (&self.gate, &step.op) {
                (_, Op::On(_, op)) if op.is_stint() => self.awaited(&step.op).await,
                (_, Op::Stream(..) | Op::Close(_) | Op::Path(crate::program::PathOp::Fill(..))) => {
                    self.awaited(&step.op).await
                }
                (Some(_), op) => self.dropped(op, stages, drain).await,
                // It takes the file along, by which its end could be waited for; and a clone
                // shares the position.
                (None, op @ Op::On(_, FileOp::Std)) => self.awaited(op).await,
                (None, Op::On(slot, op)) if !op.has_parts() => {
                    self.dropped_at_large(*slot, op).await
                }
                (None, op) => self.awaited(op).await,
            },
        };
        seen.ended_drained = !self.gate.as_ref().is_some_and(Gate::is_shut);
        (self, seen)
    }

    /// Has all workers done.
    pub async fn end(&mut self) {
        if let Some(gate) = &mut self.gate {
            if gate.is_shut() && self.fault == Fault::WorkersStayStopped {
                pending::<()>().await;
            }
            gate.open().await;
        }
    }

    async fn awaited(&mut self, op: &Op) -> Seen {
        self.end().await;
        let before = self.settled(op).await;
        // A new budget, so that what is counted is this step's.
        buzzer::task::yield_now().await;
        let (jobs, at_once) = counts();
        let outcome = self.apply(op, &mut Vec::new()).await;
        let (jobs_then, at_once_then) = counts();
        Seen {
            before,
            outcome: Some(outcome),
            jobs: jobs_then - jobs,
            at_once: at_once_then - at_once,
            began_drained: true,
            ..Seen::default()
        }
    }

    /// What has parts begins with a file that is settled.
    async fn settled(&mut self, op: &Op) -> Option<Outcome> {
        let slot = match op {
            Op::On(slot, op) if op.has_parts() => *slot,
            Op::Stream(from, to) => {
                let from = self.flush(*from).await?;
                let to = self.flush(*to).await?;
                return Some(Outcome::Several(vec![from, to]));
            }
            _ => return None,
        };
        self.flush(slot).await
    }

    async fn flush(&mut self, slot: Slot) -> Option<Outcome> {
        Some(Outcome::done(self.slots[slot].as_mut()?.flush().await))
    }

    async fn dropped(&mut self, op: &Op, stages: u8, drain: bool) -> Seen {
        let has_parts = matches!(op, Op::On(_, op) if op.has_parts());
        let mut gate = self.gate.take().expect("asked before");
        let mut seen = Seen::default();
        // What opens a path may do a part at once, and a part behind what is queued.
        if has_parts || matches!(op, Op::Open(..) | Op::Path(_)) {
            gate.open().await;
            seen.before = self.settled(op).await;
        }
        seen.began_drained = !gate.is_shut();
        gate.shut().await;
        let mut partial = Vec::new();
        {
            let mut future = pin!(self.apply(op, &mut partial));
            loop {
                let (jobs, at_once) = counts();
                let polled = std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
                let (jobs_then, at_once_then) = counts();
                seen.jobs += jobs_then - jobs;
                seen.at_once += at_once_then - at_once;
                if let Poll::Ready(outcome) = polled {
                    seen.outcome = Some(outcome);
                    break;
                }
                if seen.stage == stages {
                    break;
                }
                seen.stage += 1;
                gate.open().await;
                gate.shut().await;
            }
        }
        seen.partial = partial;
        if seen.outcome.is_none() {
            self.after_a_drop(op, &mut seen, &mut gate).await;
        }
        if drain {
            gate.open().await;
        }
        self.gate = Some(gate);
        seen
    }

    async fn after_a_drop(&mut self, op: &Op, seen: &mut Seen, gate: &mut Gate) {
        let Op::On(slot, op) = op else { return };
        let Some(file) = &mut self.slots[*slot] else {
            return;
        };
        if self.fault.is_of_a_drop() {
            gate.open().await;
            match (self.fault, op) {
                (Fault::DroppedReadIsLost, FileOp::Read(count)) => {
                    _ = file.read(&mut vec![0; *count]).await;
                }
                (Fault::DroppedErrorIsLost, _) => _ = file.flush().await,
                (Fault::DroppedWriteComesTwice, FileOp::Write(data)) => {
                    _ = file.write(&data.bytes()).await;
                }
                _ => {}
            }
        }
        if op.has_parts() {
            gate.open().await;
            seen.after = Some(Outcome::number(file.seek(SeekFrom::Current(0)).await));
        }
    }

    /// Dropped while the workers are at large: polled once, and settled at once, so that
    /// nobody else can ask what has happened so far.
    async fn dropped_at_large(&mut self, slot: Slot, op: &FileOp) -> Seen {
        buzzer::task::yield_now().await;
        let mut seen = Seen {
            began_drained: true,
            ..Seen::default()
        };
        {
            let op = Op::On(slot, op.clone());
            let mut partial = Vec::new();
            let mut future = pin!(self.apply(&op, &mut partial));
            let (jobs, at_once) = counts();
            let polled = std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
            let (jobs_then, at_once_then) = counts();
            (seen.jobs, seen.at_once) = (jobs_then - jobs, at_once_then - at_once);
            if let Poll::Ready(outcome) = polled {
                seen.outcome = Some(outcome);
            }
        }
        seen.after = self.flush(slot).await;
        seen
    }

    async fn apply(&mut self, op: &Op, partial: &mut Vec<u8>) -> Outcome {
        match op {
            Op::Open(slot, options, place) => {
                let path = places::path(&self.root, *place);
                let opened = self.opened(options, &path).await;
                Outcome::of(opened, |file| {
                    self.slots[*slot] = Some(file);
                    Outcome::Done
                })
            }
            Op::Close(slot) => match self.slots[*slot].take() {
                Some(_) => Outcome::Done,
                None => Outcome::LeftOut,
            },
            Op::Clone(from, to) => {
                let Some(file) = &self.slots[*from] else {
                    return Outcome::LeftOut;
                };
                let clone = match self.fault {
                    Fault::CloneHasItsPosition => reopened(file).await,
                    _ => file.try_clone().await,
                };
                Outcome::of(clone, |file| {
                    self.slots[*to] = Some(file);
                    Outcome::Done
                })
            }
            Op::Stream(from, to) => self.stream(*from, *to).await,
            Op::On(slot, op) => self.on(*slot, op, partial).await,
            Op::Path(op) => paths::apply(&self.root, op, self.fault).await,
        }
    }
}

impl Side {
    async fn opened(&self, options: &Options, path: &Path) -> io::Result<File> {
        match options.short() {
            Some(Short::Open) => return File::open(path).await,
            Some(Short::Create) if self.fault == Fault::CreateKeeps => {
                return File::options().write(true).create(true).open(path).await;
            }
            Some(Short::Create) => return File::create(path).await,
            Some(Short::CreateNew) => return File::create_new(path).await,
            _ => {}
        }
        let mut open = File::options();
        open.read(options.read)
            .write(options.write)
            .append(options.append);
        open.truncate(options.truncate).create(options.create);
        open.create_new(options.create_new);
        if let Some(mode) = options.mode {
            open.mode(mode);
        }
        if options.flags != 0 && self.fault != Fault::FlagsAreIgnored {
            open.custom_flags(options.flags);
        }
        if self.fault == Fault::AppendIsIgnored && options.append {
            open.append(false).write(true);
        }
        open.open(path).await
    }
}

/// The same file, with a position of its own that is where the other's is.
async fn reopened(file: &File) -> io::Result<File> {
    let flags = rustix::fs::fcntl_getfl(file)?;
    let own = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file));
    let at = rustix::fs::seek(file, rustix::fs::SeekFrom::Current(0))?;
    let flags = flags & !rustix::fs::OFlags::CREATE;
    let again = rustix::fs::open(own, flags, rustix::fs::Mode::empty())?;
    rustix::fs::seek(&again, rustix::fs::SeekFrom::Start(at))?;
    Ok(File::from(again))
}

/// Jobs for workers, and first tries that were answered.
fn counts() -> (u64, u64) {
    let metrics = buzzer::runtime::Handle::current().metrics();
    (metrics.file_ops_pooled(), metrics.file_ops_at_once())
}

fn permissions(mode: u32) -> Permissions {
    Permissions::from_mode(mode)
}
