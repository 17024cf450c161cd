//! A leaf future by hand: where a task stops, and who has it go on.
//!
//!     cargo run --example own_future
//!
//! Whatever is awaited ends in a few futures that wait for something themselves. The library
//! has them for clocks, sockets and jobs; this one waits for a bell, which any thread may
//! ring. Three guests wait for it: the first has no patience, the second is called away,
//! the third hears it.
//!
//! Next: own_descriptor, a wait that is the kernel's to end.

mod common;

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use buzzer::spawn;
use buzzer::task::yield_now;
use buzzer::time::timeout;
use common::{ended, say};

/// Rings once, and has rung from then on.
#[derive(Default)]
struct Bell {
    /// One lock for both: whoever sees that it has not rung is in the list when it does.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    has_rung: bool,
    came: u64,
    waiting: BTreeMap<u64, Waker>,
}

impl Bell {
    fn ring(&self) {
        let mut state = self.state.lock().unwrap();
        state.has_rung = true;
        let waiting = std::mem::take(&mut state.waiting);
        // A waker may do anything, even come back here: not under the lock.
        drop(state);
        waiting.into_values().for_each(Waker::wake);
    }

    fn rung(&self) -> Rung<'_> {
        let bell = self;
        Rung { bell, guest: None }
    }

    fn waiting(&self) -> usize {
        self.state.lock().unwrap().waiting.len()
    }
}

/// Is ready when the bell has rung.
struct Rung<'a> {
    bell: &'a Bell,
    /// Under which the bell knows its waker.
    guest: Option<u64>,
}

impl Future for Rung<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.bell.state.lock().unwrap();
        if state.has_rung {
            return Poll::Ready(());
        }
        let guest = self.guest.unwrap_or(state.came);
        state.came = state.came.max(guest + 1);
        // At each poll: the future may be polled by another task than before.
        let before = state.waiting.insert(guest, cx.waker().clone());
        drop(state);
        drop(before);
        self.guest = Some(guest);
        Poll::Pending
    }
}

/// A future that is given up is dropped, and nobody is to be woken for it.
impl Drop for Rung<'_> {
    fn drop(&mut self) {
        let Some(guest) = self.guest else { return };
        let waker = self.bell.state.lock().unwrap().waiting.remove(&guest);
        drop(waker);
    }
}

async fn evening() -> io::Result<()> {
    let bell = Arc::new(Bell::default());
    let impatient = timeout(Duration::from_millis(20), bell.rung()).await;
    let heard = impatient.is_ok();
    say(format_args!(
        "Has the first heard it within 20 ms? {heard}."
    ))?;
    let waiting = bell.waiting();
    say(format_args!("That future was dropped: {waiting} wait."))?;

    let [called_away, patient] = [(); 2].map(|()| {
        let bell = bell.clone();
        spawn(async move { bell.rung().await })
    });
    yield_now().await;
    let waiting = bell.waiting();
    say(format_args!("Two tasks have been polled: {waiting} wait."))?;
    called_away.abort();
    let is_cancelled = called_away.await.is_err_and(|error| error.is_cancelled());
    say(format_args!("Is the second called away? {is_cancelled}."))?;
    let waiting = bell.waiting();
    say(format_args!(
        "And so was that one's future: {waiting} waits."
    ))?;

    let cook = thread::spawn(move || bell.ring());
    patient.await?;
    say("The third has heard the bell, which another thread rang.")?;
    cook.join().expect("to ring does not panic");
    Ok(())
}

fn main() -> ExitCode {
    ended(buzzer::block_on(evening()))
}
