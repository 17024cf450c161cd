//! Conversations at a listener: who knocks, who is let in, and what becomes of the others.
//!
//! Owns the words and the plan. Called by `search.rs`; `conduct.rs` conducts it.

mod conduct;

pub use conduct::conduct;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum House {
    Tcp,
    UnixPath,
    /// With room for one guest before the door, so that others wait in their connect.
    UnixNarrow,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guest {
    /// Says its number and stays.
    Stays,
    /// Says its number and goes.
    Goes,
    /// Resets its connection before it is let in.
    Resets,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Draw {
    Knock(Vec<Guest>),
    Accept,
    /// An accept that is dropped after so many polls, and one that is not.
    AcceptAgain(u8),
    /// One after the other by hand, until nobody is there.
    AcceptAll,
    /// Nobody is there.
    Nobody,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Door {
    pub house: House,
    pub draws: Vec<Draw>,
    /// What is tried when the listener is closed, so often.
    pub late: u8,
}

#[derive(Clone, Debug)]
pub enum Step {
    /// Guests, by number, who knock and find room.
    Knock(u8, Vec<Guest>),
    /// They knock while they are let in, one after the other.
    Meet(u8, Vec<Guest>, u8),
    Accept(u8),
    AcceptAll(usize),
    Nobody,
}

impl Door {
    pub fn steps(&self) -> Vec<Step> {
        let (mut next, mut there) = (0, 0);
        let room = match self.house {
            House::UnixNarrow => 1,
            _ => 50,
        };
        let mut steps = Vec::new();
        for draw in &self.draws {
            match draw {
                Draw::Knock(guests) if there == 0 && guests.len() > room => {
                    steps.push(Step::Meet(next, guests.clone(), 0));
                    next += guests.len() as u8;
                }
                Draw::Knock(guests) if there + guests.len() <= room => {
                    steps.push(Step::Knock(next, guests.clone()));
                    next += guests.len() as u8;
                    there += guests.len();
                }
                Draw::Knock(_) => {}
                Draw::Accept | Draw::AcceptAgain(_) => {
                    let polls = match draw {
                        Draw::AcceptAgain(polls) => *polls,
                        _ => 0,
                    };
                    if there > 0 {
                        there -= 1;
                        steps.push(Step::Accept(polls));
                    } else {
                        steps.push(Step::Meet(next, vec![Guest::Stays], polls));
                        next += 1;
                    }
                }
                Draw::AcceptAll => {
                    steps.push(Step::AcceptAll(there));
                    there = 0;
                }
                Draw::Nobody if there == 0 => steps.push(Step::Nobody),
                Draw::Nobody => {}
            }
        }
        steps
    }
}
