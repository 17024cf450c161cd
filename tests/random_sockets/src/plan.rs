//! What a drawn conversation comes to: who writes how much, and how much the other reads.
//!
//! Owns that count, by which no read waits for what never comes, no write for room that is
//! never made, and nothing depends on who is faster.

use crate::talk::{After, Flow, Held, Leave, Meanwhile, Put, Take, Talk};

#[derive(Clone, Debug)]
pub struct Sending {
    /// The place of the first byte in the stream.
    pub from: u64,
    pub puts: Vec<Put>,
    pub shut: bool,
}

#[derive(Clone, Debug)]
pub struct Receiving {
    pub from: u64,
    pub takes: Vec<Take>,
    pub count: u64,
    /// More than that is there, for a later phase. Else a read may have room for more, and is
    /// short.
    pub more_is_there: bool,
    /// The end of the stream comes next.
    pub to_end: bool,
    pub with_rights: bool,
}

#[derive(Clone, Debug)]
pub struct Step {
    /// What each end sends, and what each receives.
    pub sending: [Option<Sending>; 2],
    pub receiving: [Option<Receiving>; 2],
    pub held: [Held; 2],
}

#[derive(Clone, Debug)]
pub struct Leaving {
    pub leaver: usize,
    pub reset: bool,
    pub meanwhile: Meanwhile,
    pub after: Vec<After>,
    /// What lies at the leaver before it leaves, and at the other.
    pub unread: [u64; 2],
    /// Of the next byte for the other.
    pub place: u64,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub steps: Vec<Step>,
    pub leaving: Option<Leaving>,
}

/// One direction.
#[derive(Clone, Copy, Default)]
struct Way {
    sent: u64,
    received: u64,
    shut: bool,
    ended: bool,
}

/// Most that is left unread, so that no writer waits for it, whatever the buffers.
const MOST_LEFT: u64 = 800;

impl Plan {
    pub fn of(talk: &Talk) -> Self {
        let mut ways = [Way::default(); 2];
        let steps = talk.phases.iter().map(|phase| {
            let mut step = Step {
                sending: [None, None],
                receiving: [None, None],
                held: phase.held,
            };
            // Halves of `io::split` have no way to the descriptor.
            let by_hand = phase.flows.iter().flatten().any(|flow| {
                let is_by_hand = |put: &Put| matches!(put, Put::Urgent | Put::Rights(..));
                flow.with_rights || flow.puts.iter().any(is_by_hand)
            });
            for held in &mut step.held {
                if by_hand && *held == Held::IoSplit {
                    *held = Held::Split;
                }
            }
            for (from, way) in ways.iter_mut().enumerate() {
                let Some(flow) = &phase.flows[from] else {
                    continue;
                };
                if from == 1 && talk.link.is_pipe() {
                    continue;
                }
                let (sending, receiving) = planned(talk, way, flow);
                step.sending[from] = sending;
                step.receiving[1 - from] = receiving;
            }
            step
        });
        let steps = steps.collect();
        let leaving = talk.leave.as_ref().map(|leave| left(talk, &ways, leave));
        Self { steps, leaving }
    }
}

fn planned(talk: &Talk, way: &mut Way, flow: &Flow) -> (Option<Sending>, Option<Receiving>) {
    let before = *way;
    let mut sending = None;
    let mut last = 0;
    if !way.shut {
        let shut = flow.shut && !talk.link.is_pipe();
        let mut puts = possible(talk, &flow.puts, way.sent == way.received);
        if puts.contains(&Put::Urgent) && !shut {
            // While a byte out of band is the next, the system doesn't count what is behind.
            puts.push(Put::All(1));
        }
        for put in &puts {
            let length = length(talk, put);
            way.sent += length;
            if length > 0 {
                last = length;
            }
        }
        way.shut = shut;
        // A byte out of band is past only when it was read over.
        if puts.contains(&Put::Urgent) {
            last = 0;
        }
        sending = Some(Sending {
            from: before.sent,
            puts,
            shut,
        });
    }
    let there = way.sent - way.received;
    // A small buffer has room for nothing beside a piece that was read in part.
    let is_full = talk.small && !talk.link.is_tcp();
    let left = match way.shut || is_full {
        true => 0,
        false => u64::from(flow.left).min(last).min(MOST_LEFT).min(there),
    };
    let to_end = way.shut && !way.ended;
    way.ended |= to_end;
    way.received = way.sent - left;
    let count = way.received - before.received;
    let receiving = (count > 0 || to_end).then(|| Receiving {
        from: before.received,
        takes: flow.takes.clone(),
        count,
        more_is_there: left > 0,
        to_end,
        with_rights: flow.with_rights && !talk.link.is_tcp() && !talk.link.is_pipe(),
    });
    (sending, receiving)
}

/// Without what the link has not: urgent bytes are TCP's, and only one is on its way;
/// descriptors are passed by Unix sockets.
fn possible(talk: &Talk, puts: &[Put], is_empty: bool) -> Vec<Put> {
    let mut urgent = !is_empty || !talk.link.is_tcp();
    let unix = !talk.link.is_tcp() && !talk.link.is_pipe();
    let puts = puts.iter().filter(|put| match put {
        Put::Urgent => !std::mem::replace(&mut urgent, true),
        Put::Rights(..) => unix,
        _ => true,
    });
    puts.cloned().collect()
}

/// How many bytes of the stream it is.
pub fn length(talk: &Talk, put: &Put) -> u64 {
    match *put {
        Put::All(length)
        | Put::Some(length)
        | Put::Vectored(length, _)
        | Put::Try(length)
        | Put::TryVectored(length, _)
        | Put::Dropped(length, _)
        | Put::Buffered(length, _)
        | Put::Copied(length) => length.into(),
        Put::Urgent => u64::from(talk.link == crate::talk::Link::Tcp { inline: true }),
        Put::Rights(length, _) => length.into(),
        Put::Nothing | Put::Spend => 0,
    }
}

fn left(talk: &Talk, ways: &[Way; 2], leave: &Leave) -> Leaving {
    let leaver = usize::from(leave.second);
    let other = 1 - leaver;
    let unread = |to: usize| ways[1 - to].sent - ways[1 - to].received;
    let mut meanwhile = leave.meanwhile;
    // A pipe's writer has nothing to read, and its reader nothing to write.
    if talk.link.is_pipe() && meanwhile != Meanwhile::Waits {
        meanwhile = match other {
            0 => Meanwhile::Writes,
            _ => Meanwhile::Reads,
        };
    }
    // Whether a Unix writer is told of the reset, or only that there is no reader, is a
    // race in the kernel; what comes after differs with it.
    let is_race = meanwhile == Meanwhile::Writes && !talk.link.is_tcp();
    let after = leave.after.iter().copied().filter(|after| {
        let has_it = match after {
            After::Peek(_) | After::Shutdown => !talk.link.is_pipe(),
            After::Read(_) | After::TryRead(_) | After::Readable => {
                !talk.link.is_pipe() || other == 1
            }
            After::Write(_) | After::TryWrite(_) | After::Writable => {
                !talk.link.is_pipe() || other == 0
            }
        };
        has_it && !is_race
    });
    // Who can't write at all, or is at the end already, would race with the reset.
    let races = match meanwhile {
        Meanwhile::Waits => false,
        Meanwhile::Reads => ways[leaver].shut,
        Meanwhile::Writes => ways[other].shut,
    };
    if races {
        meanwhile = Meanwhile::Waits;
    }
    // It leaves in the midst of what the other writes.
    let begun = meanwhile == Meanwhile::Writes;
    Leaving {
        leaver,
        reset: leave.reset && talk.link.is_tcp(),
        meanwhile,
        after: after.collect(),
        unread: [unread(leaver) + u64::from(begun), unread(other)],
        place: ways[leaver].received,
    }
}
