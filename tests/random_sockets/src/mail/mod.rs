//! Conversations in datagrams: what is drawn, and what it comes to.
//!
//! Owns the words and the plan. Called by `search.rs`.
//!
//! - `boxes.rs`: the sockets, in either place, and each operation on them
//! - `conduct.rs`: the steps, one after the other

mod boxes;
mod conduct;

pub use conduct::conduct;
use std::collections::VecDeque;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Post {
    Udp,
    UnixPair,
    UnixPath,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SendBy {
    Send,
    TrySend,
    Poll,
    /// With nothing left of the poll's budget.
    Spent,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReceiveBy {
    Receive,
    From,
    Try,
    TryFrom,
    Buf,
    BufFrom,
    Peek,
    Spent,
    /// Dropped after so many polls, and begun anew.
    Dropped(u8),
}

/// A step as it is drawn. Ends are 0 and 1; 2 is a stranger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Draw {
    Send {
        from: u8,
        length: u32,
        by: SendBy,
    },
    Stranger {
        to: u8,
        length: u32,
    },
    Receive {
        at: u8,
        room: u32,
        by: ReceiveBy,
    },
    /// From here on it hears of the other end alone.
    Connect {
        end: u8,
    },
    /// Nothing is there.
    Nothing {
        at: u8,
    },
}

/// What is tried when the other end has closed its socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Late {
    Send(u16),
    TrySend(u16),
    Receive,
    TryReceive,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mail {
    pub post: Post,
    pub draws: Vec<Draw>,
    pub late: Vec<Late>,
}

/// A step that can be done.
#[derive(Clone, Debug)]
pub enum Step {
    Send(usize, u32, SendBy),
    Stranger(usize, u32),
    Receive(usize, u32, ReceiveBy),
    /// It waits before it is sent.
    Meet {
        at: usize,
        room: u32,
        by: ReceiveBy,
        length: u32,
    },
    Connect(usize),
    Nothing(usize),
}

/// More than a UDP datagram may have.
pub const TOO_LONG: u32 = 65_508;
/// More than a Unix socket's buffer has room for.
pub const FAR_TOO_LONG: u32 = 300_000;

impl Mail {
    /// Who receives waits only for what comes: what is drawn otherwise is sent meanwhile.
    pub fn steps(&self) -> Vec<Step> {
        let mut there = [VecDeque::<u32>::new(), VecDeque::new()];
        let mut connected = [self.post == Post::UnixPair; 2];
        // A few at a time: UDP drops what has no room, and a Unix sender waits.
        let has_room = |queue: &VecDeque<u32>, length: u32| {
            queue.len() < 5 && queue.iter().sum::<u32>() + length < 120_000
        };
        let mut steps = Vec::new();
        for draw in &self.draws {
            match *draw {
                Draw::Send { from, length, by } => {
                    let (from, to) = (usize::from(from), 1 - usize::from(from));
                    let fits = match self.post {
                        Post::Udp => length < TOO_LONG,
                        _ => length < FAR_TOO_LONG,
                    };
                    if fits && !has_room(&there[to], length) {
                        continue;
                    }
                    // A Unix socket with a quarter of its room taken is not writable.
                    let unread: u32 = there[to].iter().sum();
                    let by = match by {
                        SendBy::TrySend if unread > 20_000 => SendBy::Send,
                        by => by,
                    };
                    if fits {
                        there[to].push_back(length);
                    }
                    steps.push(Step::Send(from, length, by));
                }
                Draw::Stranger { to, length } => {
                    let to = usize::from(to);
                    if self.post == Post::UnixPair || !has_room(&there[to], length) {
                        continue;
                    }
                    if !connected[to] {
                        there[to].push_back(length);
                    }
                    steps.push(Step::Stranger(to, length));
                }
                Draw::Receive { at, room, by } => {
                    let at = usize::from(at);
                    let waits = there[at].is_empty();
                    if by != ReceiveBy::Peek {
                        there[at].pop_front();
                    } else if waits {
                        there[at].push_back(room);
                    }
                    steps.push(match waits {
                        true => Step::Meet {
                            at,
                            room,
                            by,
                            length: room,
                        },
                        false => Step::Receive(at, room, by),
                    });
                }
                Draw::Connect { end } => {
                    // What has come from the stranger before, stays.
                    connected[usize::from(end)] = true;
                    steps.push(Step::Connect(end.into()));
                }
                Draw::Nothing { at } => {
                    if there[usize::from(at)].is_empty() {
                        steps.push(Step::Nothing(at.into()));
                    }
                }
            }
        }
        steps
    }
}
