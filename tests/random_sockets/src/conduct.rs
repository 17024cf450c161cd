//! Conducts a conversation: both ends at once, phase by phase.
//!
//! Owns the account of it: a line for each direction of each phase, in an order that does
//! not depend on who was faster. Called by `search.rs`.

use crate::ends::{End, Place, made, on_a_thread};
use crate::plan::{Leaving, Plan, Receiving, Sending, Step};
use crate::system::{self, told};
use crate::talk::{After, Held, Link, Meanwhile, Talk};
use crate::{by_blocking, on_buzzer};
use futures::future::join;
use rustix::event::PollFlags;
use rustix::net::sockopt;
use std::io;
use std::time::Duration;

/// What happened.
pub type Account = Vec<String>;

/// # Errors
///
/// What the system says where no conversation is part of it: no descriptors are left.
pub async fn conduct(talk: &Talk, places: [Place; 2]) -> io::Result<Account> {
    let (mut ends, told) = made(talk.link, talk.small, places).await?;
    let mut account = vec![told];
    let plan = Plan::of(talk);
    for step in plan.steps {
        let Step {
            sending,
            receiving,
            held,
        } = step;
        let [first, second] = ends;
        let ([sent, back], [received, taken]) = (sending, receiving);
        let (first, second) = join(
            phase(first, held[0], sent, received, talk.link),
            phase(second, held[1], back, taken, talk.link),
        )
        .await;
        for (name, lines) in [("first", first.1), ("second", second.1)] {
            account.extend(lines.into_iter().map(|line| format!("{name} {line}")));
        }
        ends = [first.0, second.0];
    }
    if let Some(leaving) = plan.leaving {
        account.extend(left(ends, leaving, talk.link).await?);
    }
    Ok(account)
}

/// What one end does in a phase.
async fn phase(
    end: End,
    held: Held,
    sending: Option<Sending>,
    receiving: Option<Receiving>,
    link: Link,
) -> (End, Account) {
    let inline = link == Link::Tcp { inline: true };
    match end {
        End::Blocking(fd) => {
            let is_pipe = link.is_pipe();
            let sender = fd.clone();
            let sends = async {
                let sending = sending?;
                let send = move || by_blocking::send_all(&*sender, &sending, inline, is_pipe);
                Some(on_a_thread(send).await)
            };
            let receiver = fd.clone();
            let receives = async {
                let receiving = receiving?;
                let receive = move || by_blocking::receive_all(&*receiver, &receiving);
                Some(on_a_thread(receive).await)
            };
            let (sent, received) = join(sends, receives).await;
            let lines = [sent, received].into_iter().flatten().collect();
            (End::Blocking(fd), lines)
        }
        End::Tcp(stream) => {
            let (stream, lines) =
                on_buzzer::both_ways(stream, held, sending, receiving, inline).await;
            (End::Tcp(stream), lines)
        }
        End::Unix(stream) => {
            let (stream, lines) =
                on_buzzer::both_ways(stream, held, sending, receiving, inline).await;
            (End::Unix(stream), lines)
        }
        End::Sender(mut sender) => {
            let mut lines = Vec::new();
            if let Some(sending) = sending {
                lines.push(on_buzzer::from_sender(&mut sender, &sending).await);
            }
            (End::Sender(sender), lines)
        }
        End::Receiver(mut receiver) => {
            let mut lines = Vec::new();
            if let Some(receiving) = receiving {
                lines.push(on_buzzer::from_receiver(&mut receiver, &receiving).await);
            }
            (End::Receiver(receiver), lines)
        }
    }
}

/// One end leaves; what the other finds.
async fn left(ends: [End; 2], leaving: Leaving, link: Link) -> io::Result<Account> {
    let [first, second] = ends;
    let (leaver, other) = match leaving.leaver {
        0 => (first, second),
        _ => (second, first),
    };
    let is_reset = link.is_tcp() && (leaving.reset || leaving.unread[0] > 0);
    system::wait_for_bytes(other.fd(), leaving.unread[1])?;
    let leaves = goes(leaver, &leaving);
    let (gone, (mut other, line)) = join(leaves, stays(other, &leaving)).await;
    gone?;
    let mut account = vec![line];
    // A pipe's or a Unix socket's end is known at once; what TCP sends has to arrive.
    let flags = match link.is_tcp() && !is_reset {
        true => PollFlags::RDHUP,
        false => PollFlags::empty(),
    };
    system::wait_for(other.fd(), flags)?;
    if link.is_tcp() {
        // What it has sent was received; that is said by the kernel in its own time, and till
        // then there may be no room to write.
        system::wait_for(other.fd(), PollFlags::OUT)?;
    }
    for after in &leaving.after {
        let outcome;
        (other, outcome) = try_after(other, *after, link).await;
        let is_write = matches!(after, After::Write(_) | After::TryWrite(_));
        if is_write && outcome.is_ok() && link.is_tcp() {
            // It is answered by a reset.
            system::wait_for(other.fd(), PollFlags::empty())?;
        }
        let text = outcome.unwrap_or_else(|error| told(&error));
        account.push(format!("{after:?}: {text}"));
    }
    Ok(account)
}

async fn goes(leaver: End, leaving: &Leaving) -> io::Result<()> {
    let unread = leaving.unread[0];
    let leaver = match leaver {
        End::Blocking(fd) => {
            let waits = move || {
                let waited = system::wait_for_bytes(&*fd, unread);
                waited.map(|()| End::Blocking(fd))
            };
            on_a_thread(waits).await?
        }
        // The other end may be of the same loop.
        leaver => {
            while rustix::io::ioctl_fionread(leaver.fd())? < unread {
                buzzer::task::yield_now().await;
            }
            leaver
        }
    };
    if leaving.reset {
        match &leaver {
            End::Tcp(stream) => stream.set_zero_linger()?,
            leaver => sockopt::set_socket_linger(leaver.fd(), Some(Duration::ZERO))?,
        }
    }
    drop(leaver);
    Ok(())
}

async fn stays(other: End, leaving: &Leaving) -> (End, String) {
    let (meanwhile, place) = (leaving.meanwhile, leaving.place);
    match other {
        End::Blocking(fd) => {
            let stays = move || {
                let line = by_blocking::meanwhile(&*fd, meanwhile, place);
                (End::Blocking(fd), line)
            };
            on_a_thread(stays).await
        }
        End::Tcp(mut stream) => {
            let line = on_buzzer::meanwhile(&mut stream, meanwhile, place).await;
            (End::Tcp(stream), line)
        }
        End::Unix(mut stream) => {
            let line = on_buzzer::meanwhile(&mut stream, meanwhile, place).await;
            (End::Unix(stream), line)
        }
        End::Sender(mut sender) => {
            let line = match meanwhile {
                Meanwhile::Writes => on_buzzer::writes(&mut sender).await,
                _ => String::new(),
            };
            (End::Sender(sender), line)
        }
        End::Receiver(mut receiver) => {
            let line = match meanwhile {
                Meanwhile::Reads => on_buzzer::reads(&mut receiver, place).await,
                _ => String::new(),
            };
            (End::Receiver(receiver), line)
        }
    }
}

async fn try_after(other: End, after: After, link: Link) -> (End, io::Result<String>) {
    match other {
        End::Blocking(fd) => {
            let is_pipe = link.is_pipe();
            let tried = move || {
                let outcome = by_blocking::after(&*fd, after, is_pipe);
                (End::Blocking(fd), outcome)
            };
            on_a_thread(tried).await
        }
        End::Tcp(mut stream) => {
            let outcome = on_buzzer::after(&mut stream, after).await;
            (End::Tcp(stream), outcome)
        }
        End::Unix(mut stream) => {
            let outcome = on_buzzer::after(&mut stream, after).await;
            (End::Unix(stream), outcome)
        }
        End::Sender(mut sender) => {
            let outcome = on_buzzer::after_write(&mut sender, after).await;
            (End::Sender(sender), outcome)
        }
        End::Receiver(mut receiver) => {
            let outcome = on_buzzer::after_read(&mut receiver, after).await;
            (End::Receiver(receiver), outcome)
        }
    }
}
