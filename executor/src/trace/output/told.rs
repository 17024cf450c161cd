//! The story as it happens, on stderr.
//!
//! Owns the sink of the recorder that tells it.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::Ordering::Relaxed;

use super::RUNTIMES;
use crate::record::event::Record;
use crate::record::time::Reading;
use crate::record::{Known, PollOrder, Sink};
use crate::trace::story::{self, Teller};

/// A story, told on stderr as it happens. Each line is written at once, so that the
/// program's own output stands where it belongs, and so that of a poll that does not
/// come back, or of a process that ends in it, all was told.
pub(super) struct Told {
    number: u32,
    teller: Teller,
    text: String,
}

impl Told {
    pub(super) fn new(number: u32, order: PollOrder) -> Self {
        // Once a process.
        static HEAD: OnceLock<PollOrder> = OnceLock::new();
        let text = match number {
            1 => story::head(*HEAD.get_or_init(|| order)),
            _ if HEAD.get().is_some_and(|told| *told == order) => String::new(),
            _ => story::another_order(order),
        };
        let teller = Teller::default();
        let mut told = Self {
            number,
            teller,
            text,
        };
        told.write();
        told
    }

    /// Writes what has been told; while there were several runtimes, with the
    /// runtime's number before each line. If that can't be written, there is nobody
    /// to tell.
    fn write(&mut self) {
        if self.text.is_empty() {
            return;
        }
        if self.number > 1 || RUNTIMES.load(Relaxed) > 1 {
            let mut numbered = String::new();
            for line in self.text.split_inclusive('\n') {
                numbered.push_str(&format!("{}| {line}", self.number));
            }
            self.text = numbered;
        }
        let _ = io::stderr().write_all(self.text.as_bytes());
        self.text.clear();
    }
}

impl Sink for Told {
    fn take(&mut self, record: &Record, known: &Known) {
        // Writing to a string does not fail.
        let _ = self.teller.tell(record, known, &mut self.text);
        self.write();
    }

    fn flush(&mut self, _: Reading) {
        let _ = self.teller.end(&mut self.text);
        self.write();
    }

    fn runtime_ends(&mut self) {
        self.teller.runtime_ends();
    }
}
