//! Load and time: each command drives the library to a count that no other test reaches,
//! and says what it has cost and what was left.
//!
//! ```text
//! load wakes COUNT              wakes across threads, each answered
//! load remote COUNT             wakes, aborts and drops by other threads, as many of each
//! load runtimes COUNT           runtimes made and dropped on eight threads
//! load week TIMERS              a week of virtual time
//! load crowd CONNECTIONS ROUNDS           a server among clients, of whom a fifth is killed
//! load crowd CONNECTIONS MINUTES minutes  the same, with a minute for a round
//! ```
//!
//! Each fails by a panic or says `figure: ` and what it has done. Nothing is decided by a
//! clock: a run that stands still is told by `watch.rs` from one that is slow.
//!
//! - `wakes.rs`, `remote/`, `runtimes.rs`, `week/`, `crowd/`: one command each
//! - `memory.rs`: what was allocated, and within which bound it has to be
//! - `opened.rs`: the descriptors, sources and threads of a process
//! - `settle.rs`: turning until nothing can run
//! - `watch.rs`: whether anything can ever happen again
//!
//! It is for Linux: it reads /proc.

mod crowd;
mod memory;
mod opened;
#[path = "../../support/poll.rs"]
mod poll;
mod remote;
mod runtimes;
mod settle;
mod wakes;
mod watch;
mod week;

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const USAGE: &str = "wakes COUNT, remote COUNT, runtimes COUNT, week TIMERS, \
                     crowd CONNECTIONS ROUNDS or crowd CONNECTIONS MINUTES minutes";

fn main() {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.replace('_', "").parse::<u64>().expect(USAGE);
    match words[..] {
        ["wakes", count] => wakes::run(number(count)),
        ["remote", count] => remote::run(number(count)),
        ["runtimes", count] => runtimes::run(number(count)),
        ["week", timers] => week::run(number(timers)),
        ["crowd", connections, rounds] => {
            crowd::run(number(connections), crowd::Length::Rounds(number(rounds)));
        }
        ["crowd", connections, minutes, "minutes"] => {
            crowd::run(number(connections), crowd::Length::Minutes(number(minutes)));
        }
        ["crowd-server", listeners] => crowd::serve(number(listeners)),
        ["crowd-client", kind, seed, connections, ref addresses @ ..] => {
            crowd::call(kind, number(seed), number(connections), addresses);
        }
        _ => panic!("{USAGE}"),
    }
}
