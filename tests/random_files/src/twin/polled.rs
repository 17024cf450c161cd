//! What is promised of a file through the traits: an operation begun by a poll is the one
//! that the next poll asks for, if it is the same; else it was a dropped one.

use super::Difference;
use super::handle::{Handle, Seeking};
use super::whole::told;
use crate::on_buzzer::Seen;
use crate::outcome::{Failure, Outcome};
use crate::program::Polled;
use std::mem;

impl Polled {
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Read(count) => *count == 0,
            Self::Write(data) => data.length == 0,
            Self::Flush | Self::Seek(_) => false,
        }
    }
}

impl Handle {
    pub fn polled(&mut self, op: &Polled, seen: &Seen) -> Result<Outcome, Difference> {
        if op.is_nothing() {
            return Ok(match op {
                Polled::Read(_) => Outcome::Bytes(Vec::new()),
                _ => Outcome::Number(0),
            });
        }
        self.asked(op);
        if let Err(failure) = self.settle_polled() {
            return Ok(Outcome::Failed(failure));
        }
        Ok(match self.came_before(op) {
            Some(outcome) => outcome,
            None => match op {
                Polled::Read(count) => self.read_polled(*count, seen),
                Polled::Write(data) => self.write_once(&data.bytes(), seen),
                Polled::Flush => Outcome::Done,
                Polled::Seek(to) => self.seek(*to),
            },
        })
    }

    /// What a first poll does before it waits.
    pub fn asked(&mut self, op: &Polled) {
        let Polled::Seek(to) = op else { return };
        match &self.ends.seek {
            Seeking::Begun(before) | Seeking::Ended(before, _) if before == to => {}
            _ => {
                let before = mem::replace(&mut self.ends.seek, Seeking::Asked);
                if let Seeking::Ended(_, Outcome::Failed(failure)) = before {
                    self.failed.get_or_insert(failure);
                }
            }
        }
    }

    /// It has waited for those before it, and none of them was what it asks for.
    pub fn begins_polled(&mut self, op: &Polled) -> Result<(), Difference> {
        self.asked(op);
        let told = self.settle_polled().err().map(Outcome::Failed);
        match told.or_else(|| self.came_before(op)) {
            Some(outcome) => Err(format!("it was to come to {outcome:?}")),
            None => {
                if let Polled::Seek(to) = op {
                    self.ends.seek = Seeking::Begun(*to);
                }
                Ok(())
            }
        }
    }

    /// What it comes to by what was begun before it.
    fn came_before(&mut self, op: &Polled) -> Option<Outcome> {
        match op {
            Polled::Read(count) => {
                if let Some(failure) = self.seek_given_up() {
                    return Some(Outcome::Failed(failure));
                }
                match self.ends.read.take() {
                    Some(Err(failure)) => Some(Outcome::Failed(failure)),
                    Some(Ok(())) if self.unread.is_empty() => Some(Outcome::Bytes(Vec::new())),
                    _ if !self.unread.is_empty() => {
                        let bytes = self.read(*count).expect("it is here");
                        Some(Outcome::Bytes(bytes))
                    }
                    _ => None,
                }
            }
            Polled::Write(data) => {
                if let Some(failure) = self.seek_given_up() {
                    return Some(Outcome::Failed(failure));
                }
                if let Some((bytes, count, error)) = self.ends.write.take() {
                    if data.bytes().starts_with(&bytes) {
                        let result = self.told((count, error));
                        return Some(told(result));
                    }
                    if let Some(failure) = error {
                        return Some(Outcome::Failed(failure));
                    }
                }
                self.ends.read = None;
                None
            }
            Polled::Flush => {
                let (_, count, error) = self.ends.write.as_mut()?;
                let failure = error.take()?;
                if *count == 0 {
                    self.ends.write = None;
                }
                Some(Outcome::Failed(failure))
            }
            Polled::Seek(_) => {
                if let Seeking::Ended(_, outcome) = mem::take(&mut self.ends.seek) {
                    return Some(outcome);
                }
                if let Some((_, _, Some(failure))) = self.ends.write.take() {
                    return Some(Outcome::Failed(failure));
                }
                self.ends.read = None;
                None
            }
        }
    }

    fn seek_given_up(&mut self) -> Option<Failure> {
        match mem::take(&mut self.ends.seek) {
            Seeking::Ended(_, Outcome::Failed(failure)) => Some(failure),
            _ => None,
        }
    }

    fn read_polled(&mut self, count: usize, seen: &Seen) -> Outcome {
        let moved = match &seen.outcome {
            Some(Outcome::Bytes(bytes)) if seen.jobs == 0 && !bytes.is_empty() => bytes.len(),
            _ if seen.jobs > 0 => self.max_job,
            _ => count,
        };
        Outcome::of(self.read(count.min(moved)), Outcome::Bytes)
    }
}
