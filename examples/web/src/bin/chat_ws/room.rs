//! Who is in the chat, and what each has still to hear.
//!
//! Owns the names and the queues. Nothing here waits: who speaks is never held up by
//! who listens. Each one's queue is bounded, so memory is too: who has [`QUEUE`]
//! lines before him and has not taken the first has to leave. Lines are never dropped
//! in silence, and all hear the same lines in the same order.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use async_channel::{Receiver, Sender, bounded};
use async_tungstenite::tungstenite::Utf8Bytes;

/// Lines that may wait for one client, after what the kernel's buffers hold.
pub const QUEUE: usize = 256;

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 24;

/// Why someone can't come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    Name,
    Taken,
    Closed,
}

impl Refusal {
    pub fn reason(self) -> &'static str {
        match self {
            Self::Name => "a name is 1 to 24 characters, none of them a control character",
            Self::Taken => "that name is taken",
            Self::Closed => "the chat has ended",
        }
    }
}

/// The room; empty at first.
#[derive(Default)]
pub struct Room {
    /// By name. Dropping a sender tells its owner that he is out.
    seats: RefCell<BTreeMap<String, Place>>,
    /// How many have come in so far.
    came: Cell<u64>,
    closed: Cell<bool>,
}

struct Place {
    number: u64,
    lines: Sender<Utf8Bytes>,
}

/// The right to speak and to listen. Dropped, its owner leaves.
pub struct Seat {
    room: Rc<Room>,
    name: String,
    /// Tells this seat from a later one of the same name.
    number: u64,
    lines: Receiver<Utf8Bytes>,
}

impl Room {
    /// Comes in, is told who is there, and is announced to them.
    pub fn join(self: &Rc<Self>, name: &str) -> Result<Seat, Refusal> {
        let name = name.trim().to_owned();
        let length = name.chars().count();
        if !(1..=LONGEST_NAME).contains(&length) || name.chars().any(char::is_control) {
            return Err(Refusal::Name);
        }
        if self.closed.get() {
            return Err(Refusal::Closed);
        }
        let mut seats = self.seats.borrow_mut();
        if seats.contains_key(&name) {
            return Err(Refusal::Taken);
        }
        let others: Vec<&str> = seats.keys().map(String::as_str).collect();
        let welcome = match others.len() {
            0 => format!("* Welcome, {name}. Nobody else is here yet."),
            _ => format!("* Welcome, {name}. Here are: {}.", others.join(", ")),
        };
        let (sender, lines) = bounded(QUEUE);
        // The queue is empty and its other end is in hand.
        let _ = sender.try_send(welcome.into());
        let number = self.came.get();
        self.came.set(number + 1);
        let place = Place {
            number,
            lines: sender,
        };
        seats.insert(name.clone(), place);
        drop(seats);
        self.tell_all_but(&name, format!("* {name} has joined."));
        Ok(Seat {
            room: Rc::clone(self),
            name,
            number,
            lines,
        })
    }

    /// Sends all out, and lets nobody in any more.
    pub fn close(&self) {
        self.closed.set(true);
        self.seats.take();
    }

    /// Puts a line into every queue but one. Who has no room left for it is sent out,
    /// and the rest are told.
    fn tell_all_but(&self, name: &str, line: String) {
        let line = Utf8Bytes::from(line); // Shared from here on, not copied.
        let mut slow = Vec::new();
        self.seats.borrow_mut().retain(|other, place| {
            let hears = other == name || place.lines.try_send(line.clone()).is_ok();
            if !hears {
                slow.push(other.clone());
            }
            hears
        });
        for name in slow {
            // One fewer with each, so this comes to an end.
            self.tell_all_but(&name, format!("* {name} was too slow, and has left."));
        }
    }
}

impl Seat {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Passes `text` on to all others.
    pub fn say(&self, text: &str) {
        // Who was sent out may still be at the end of what he had said before.
        if self.is_mine() {
            let line = format!("{}: {text}", self.name);
            self.room.tell_all_but(&self.name, line);
        }
    }

    /// The next line to hear; or why there will be none.
    pub async fn hear(&self) -> Result<Utf8Bytes, Out> {
        let line = self.lines.recv().await;
        line.map_err(|_| match self.room.closed.get() {
            true => Out::ChatEnded,
            false => Out::TooSlow,
        })
    }

    /// Whether it is still in the room, and not someone else in its place.
    fn is_mine(&self) -> bool {
        let seats = self.room.seats.borrow();
        seats
            .get(&self.name)
            .is_some_and(|place| place.number == self.number)
    }
}

/// Why someone was sent out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Out {
    TooSlow,
    ChatEnded,
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.is_mine() {
            self.room.seats.borrow_mut().remove(&self.name);
            let line = format!("* {} has left.", self.name);
            self.room.tell_all_but(&self.name, line);
        }
    }
}
