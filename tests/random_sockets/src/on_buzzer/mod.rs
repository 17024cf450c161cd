//! One end of a conversation on buzzer.
//!
//! Called by `conduct.rs`.
//!
//! - `stream.rs`: what the interpreter needs of each type of stream and of its halves
//! - `write.rs`, `read.rs`: one direction
//! - `leave.rs`: what is done when the other end goes

mod leave;
mod read;
pub mod stream;
mod write;

pub use leave::{after, after_read, after_write, meanwhile, reads, writes};

use crate::plan::{Receiving, Sending};
use crate::talk::Held;
use buzzer::net::unix::pipe::{Receiver, Sender};
use futures::future::join;
use read::receive_all;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use stream::Whole;
use write::send_all;

/// Both directions of a phase, at once.
pub async fn both_ways<S: Whole>(
    mut stream: S,
    held: Held,
    sending: Option<Sending>,
    receiving: Option<Receiving>,
    inline: bool,
) -> (S, Vec<String>) {
    let told = match (held, sending, receiving) {
        (_, None, None) => (None, None),
        (Held::Whole, Some(sending), None) => {
            (Some(send_all(&mut stream, &sending, inline).await), None)
        }
        (Held::Whole, None, Some(receiving)) => {
            (None, Some(receive_all(&mut stream, &receiving).await))
        }
        (Held::Whole | Held::Split, sending, receiving) => {
            let (mut read, mut write) = stream.split_in_two();
            let told = directions(&mut read, &mut write, sending, receiving, inline).await;
            drop((read, write));
            told
        }
        (Held::IoSplit, sending, receiving) => {
            let (mut read, mut write) = buzzer::io::split(stream);
            let told = directions(&mut read, &mut write, sending, receiving, inline).await;
            stream = read.unsplit(write);
            told
        }
        (Held::IntoSplit, sending, receiving) => {
            let (mut read, mut write) = stream.into_two();
            let writes = buzzer::spawn(async move {
                let told = match sending {
                    Some(sending) => Some(send_all(&mut write, &sending, inline).await),
                    None => None,
                };
                (write, told)
            });
            let reads = buzzer::spawn(async move {
                let told = match receiving {
                    Some(receiving) => Some(receive_all(&mut read, &receiving).await),
                    None => None,
                };
                (read, told)
            });
            let (write, sent) = writes.await.expect("it does not panic");
            let (read, received) = reads.await.expect("it does not panic");
            stream = S::of_two(read, write);
            (sent, received)
        }
    };
    (stream, [told.0, told.1].into_iter().flatten().collect())
}

async fn directions<S: Whole>(
    read: &mut impl stream::Reads<S>,
    write: &mut impl stream::Writes<S>,
    sending: Option<Sending>,
    receiving: Option<Receiving>,
    inline: bool,
) -> (Option<String>, Option<String>) {
    let sends = async {
        match sending {
            Some(sending) => Some(send_all(write, &sending, inline).await),
            None => None,
        }
    };
    let receives = async {
        match receiving {
            Some(receiving) => Some(receive_all(read, &receiving).await),
            None => None,
        }
    };
    join(sends, receives).await
}

/// A pipe's one direction. Its end is told by its drop.
pub async fn from_sender(sender: &mut Sender, sending: &Sending) -> String {
    send_all::<Sender>(sender, sending, false).await
}

pub async fn from_receiver(receiver: &mut Receiver, receiving: &Receiving) -> String {
    receive_all::<Receiver>(receiver, receiving).await
}

/// Of a stream that is operated on by hand.
const HAS_A_WAY: &str = "the plan has it held in a way that leads to the descriptor";

/// What comes of a future within so many polls; then it is dropped.
pub async fn within<F: Future>(polls: u8, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|cx| {
        let Some(less) = left.checked_sub(1) else {
            return Poll::Ready(None);
        };
        left = less;
        match future.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Leaves the rest of this poll without budget: the next leaf has to yield.
pub async fn spend() {
    while buzzer::task::coop::has_budget_remaining() {
        buzzer::task::coop::consume_budget().await;
    }
}
