//! A strand's side on std, which says of each step what buzzer must have come to.
//!
//! Owns what has to follow from how far a dropped operation came. `handle.rs` has what is
//! promised of a file, `whole.rs` and `begun.rs` what an operation does that ended or was
//! dropped, `polled.rs`, `stints.rs` and `paths.rs` are as on buzzer's side.

mod begun;
mod handle;
mod paths;
mod polled;
mod stints;
mod whole;

use crate::on_buzzer::Seen;
use crate::outcome::Outcome;
use crate::places;
use crate::program::{FileOp, Op, Options, PathOp, Place, SLOTS, Short, Slot, Step};
use handle::Handle;
use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub struct Twin {
    root: PathBuf,
    slots: [Option<Rc<RefCell<Handle>>>; SLOTS],
    /// What dropped operations have sent to workers that are stopped.
    queue: Vec<Deferred>,
}

enum Deferred {
    /// So many jobs, of so many bytes at most.
    On(Rc<RefCell<Handle>>, FileOp, u64, usize),
    GiveBack(Rc<RefCell<Handle>>),
    Open(Options, Place),
    Path(PathOp),
}

/// What should have been seen, in words.
pub type Difference = String;

impl Twin {
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            slots: [const { None }; SLOTS],
            queue: Vec::new(),
        }
    }

    pub fn file(&self, slot: Slot) -> Option<io::Result<File>> {
        Some(self.slots[slot].as_ref()?.borrow().std.try_clone())
    }

    pub fn check(&mut self, step: &Step, seen: &Seen) -> Result<(), Difference> {
        if seen.began_drained {
            self.drain();
        }
        let settled = self.settled(&step.op);
        same(
            "what the file brought first",
            seen.before.as_ref(),
            settled.as_ref(),
        )?;
        if seen.stage > 0 {
            self.drain();
        }
        // Nobody has waited yet for what is adrift: no worker has done anything.
        let early = seen.stage == 0 && self.waits(&step.op);
        if early && (seen.outcome.is_some() || seen.jobs > 0) {
            return Err("it has to wait for an operation that was dropped".to_owned());
        }
        match &seen.outcome {
            Some(outcome) => {
                let expected = self.whole(&step.op, seen)?;
                same("it", Some(outcome), Some(&expected))?;
            }
            None if early => self.waited(&step.op),
            None => self.begun(&step.op, seen)?,
        }
        if let (Some(after), Op::On(slot, op)) = (&seen.after, &step.op)
            && !op.has_parts()
        {
            self.drain();
            let expected = self.flushed(*slot);
            same("the flush after it", Some(after), expected.as_ref())?;
        }
        if seen.ended_drained {
            self.drain();
        }
        Ok(())
    }

    /// As `Side::settled`.
    fn settled(&mut self, op: &Op) -> Option<Outcome> {
        match op {
            Op::On(slot, op) if op.has_parts() => self.flushed(*slot),
            Op::Stream(from, to) => {
                let from = self.flushed(*from)?;
                let to = self.flushed(*to)?;
                Some(Outcome::Several(vec![from, to]))
            }
            _ => None,
        }
    }

    fn flushed(&mut self, slot: Slot) -> Option<Outcome> {
        let mut handle = self.slots[slot].as_ref()?.borrow_mut();
        Some(match handle.settle() {
            Ok(()) => Outcome::Done,
            Err(failure) => Outcome::Failed(failure),
        })
    }

    /// Whether the operation begins by waiting for one that was dropped.
    fn waits(&self, op: &Op) -> bool {
        let slot = match op {
            Op::On(_, FileOp::TryStd | FileOp::SetMaxBufSize(_)) => return false,
            // As in std, all of nothing is written without asking.
            Op::On(_, FileOp::WriteAll(data)) if data.length == 0 => return false,
            Op::On(_, FileOp::Polled(op)) if op.is_nothing() => return false,
            Op::On(slot, _) | Op::Clone(slot, _) => *slot,
            _ => return false,
        };
        self.slots[slot]
            .as_ref()
            .is_some_and(|handle| handle.borrow().queued)
    }

    /// Dropped while it waited: it has begun nothing, and does not happen.
    fn waited(&mut self, op: &Op) {
        match op {
            Op::On(slot, FileOp::Std) => self.slots[*slot] = None,
            Op::On(slot, FileOp::Polled(op)) => {
                let handle = self.slots[*slot].as_ref().expect("it is adrift");
                handle.borrow_mut().asked(op);
            }
            _ => {}
        }
    }

    /// Dropped when it was a worker's: it happens.
    fn begun(&mut self, op: &Op, seen: &Seen) -> Result<(), Difference> {
        if seen.jobs == 0 {
            return Err("it waits for nothing".to_owned());
        }
        match op {
            Op::Open(_, options, place) => self.queue.push(Deferred::Open(*options, *place)),
            Op::Path(op) => self.queue.push(Deferred::Path(op.clone())),
            Op::Clone(slot, _) | Op::On(slot, FileOp::Std) => {
                let handle = self.slots[*slot].clone().ok_or("there is no file")?;
                if let Op::On(..) = op {
                    // The error is lost, as its docs say.
                    _ = handle.borrow_mut().settle();
                    self.slots[*slot] = None;
                } else {
                    handle.borrow_mut().begins()?;
                }
                handle.borrow_mut().is_sent_to_a_worker();
                self.queue.push(Deferred::GiveBack(handle));
            }
            Op::On(slot, op) => {
                let handle = self.slots[*slot].clone().ok_or("there is no file")?;
                if op.has_parts() {
                    return handle.borrow_mut().partly(op, seen);
                }
                match op {
                    FileOp::Polled(op) => handle.borrow_mut().begins_polled(op)?,
                    _ => handle.borrow_mut().begins()?,
                }
                handle.borrow_mut().is_sent_to_a_worker();
                let max_job = handle.borrow().max_job;
                let deferred = Deferred::On(handle, op.clone(), seen.jobs, max_job);
                self.queue.push(deferred);
            }
            Op::Close(_) | Op::Stream(..) => return Err("it is never dropped".to_owned()),
        }
        Ok(())
    }

    /// Whether all that is queued is done also if the runtime ends now.
    pub fn is_all_handed_over(&self) -> bool {
        let is_so = |deferred: &Deferred| match deferred {
            Deferred::On(_, op, _, _) => op.is_handed_over(),
            Deferred::Path(PathOp::Write(..)) => true,
            _ => false,
        };
        self.queue.iter().all(is_so)
    }

    /// Closes all that no worker has something to do with: on a full disk that makes room
    /// for what they do after it.
    pub fn close(&mut self) {
        self.slots = [const { None }; SLOTS];
    }

    /// The workers do all that they have, in its order.
    pub fn drain(&mut self) {
        for deferred in std::mem::take(&mut self.queue) {
            match deferred {
                Deferred::On(handle, op, jobs, mut max_job) => {
                    let mut handle = handle.borrow_mut();
                    handle.queued = false;
                    // That may have changed since.
                    std::mem::swap(&mut handle.max_job, &mut max_job);
                    handle.done_by_a_worker(&op, jobs);
                    handle.max_job = max_job;
                }
                Deferred::GiveBack(handle) => {
                    let mut handle = handle.borrow_mut();
                    handle.queued = false;
                    handle.give_back();
                }
                Deferred::Open(options, place) => {
                    _ = options.opened_by_std(&places::path(&self.root, place));
                }
                Deferred::Path(op) => _ = paths::apply(&self.root, &op),
            }
        }
    }

    /// What an operation comes to that ended.
    fn whole(&mut self, op: &Op, seen: &Seen) -> Result<Outcome, Difference> {
        Ok(match op {
            Op::Open(slot, options, place) => {
                let opened = options.opened_by_std(&places::path(&self.root, *place));
                Outcome::of(opened, |std| {
                    self.slots[*slot] = Some(Rc::new(RefCell::new(Handle::new(std))));
                    Outcome::Done
                })
            }
            Op::Close(slot) => match self.slots[*slot].take() {
                Some(_) => Outcome::Done,
                None => Outcome::LeftOut,
            },
            Op::Clone(from, to) => {
                let Some(handle) = self.slots[*from].clone() else {
                    return Ok(Outcome::LeftOut);
                };
                let mut handle = handle.borrow_mut();
                if let Err(failure) = handle.settle() {
                    return Ok(Outcome::Failed(failure));
                }
                handle.give_back();
                let max_job = handle.max_job;
                Outcome::of(handle.std.try_clone(), |std| {
                    let clone = Handle {
                        max_job,
                        ..Handle::new(std)
                    };
                    self.slots[*to] = Some(Rc::new(RefCell::new(clone)));
                    Outcome::Done
                })
            }
            Op::Stream(from, to) => self.stream(*from, *to),
            Op::On(slot, op) => match self.slots[*slot].clone() {
                Some(handle) => handle.borrow_mut().whole(op, seen)?,
                None => Outcome::LeftOut,
            },
            Op::Path(op) => paths::apply(&self.root, op),
        })
    }
}

impl Options {
    fn opened_by_std(self, path: &Path) -> io::Result<File> {
        match self.short() {
            Some(Short::Open) => File::open(path),
            Some(Short::Create) => File::create(path),
            Some(Short::CreateNew) => File::create_new(path),
            None => self.std().open(path),
        }
    }

    fn std(self) -> std::fs::OpenOptions {
        let mut options = File::options();
        options
            .read(self.read)
            .write(self.write)
            .append(self.append);
        options.truncate(self.truncate).create(self.create);
        options.create_new(self.create_new).custom_flags(self.flags);
        if let Some(mode) = self.mode {
            options.mode(mode);
        }
        options
    }
}

fn same(what: &str, seen: Option<&Outcome>, expected: Option<&Outcome>) -> Result<(), Difference> {
    if seen == expected {
        return Ok(());
    }
    let told = |outcome: Option<&Outcome>| {
        outcome.map_or("nothing".to_owned(), |outcome| format!("{outcome:?}"))
    };
    Err(format!(
        "{what} came to\n    {}\non buzzer, and to\n    {}\non std",
        told(seen),
        told(expected)
    ))
}
