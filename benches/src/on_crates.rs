//! The locks and channels of crates that belong to no runtime, on buzzer. Owns the names
//! by which the workloads call them: where those are not tokio's, they are made so here.
//!
//! | | is that of |
//! |---|---|
//! | `Mutex`, `Semaphore` | async-lock |
//! | `Notify` | event-listener, of which async-lock is made. It keeps nothing for who comes later |
//! | `mpsc` | async-channel, whose channels may have many receivers |
//! | `oneshot` | futures, since async-channel has none |
//! | `broadcast` | async-broadcast, told to let the oldest value go |
//!
//! None of them has a watched value.

use crate::Peer;

pub(crate) mod rt {
    pub use crate::on_buzzer::rt::*;

    pub const NAME: &str = "crates, on buzzer";

    pub mod sync {
        pub use async_lock::Mutex;
        // It stands where nothing is measured.
        pub use buzzer::sync::watch;
        pub use futures::channel::oneshot;

        use std::convert::Infallible;

        use async_lock::SemaphoreGuard;
        use event_listener::{Event, EventListener};

        pub struct Semaphore(async_lock::Semaphore);

        impl Semaphore {
            pub fn new(permits: usize) -> Self {
                Self(async_lock::Semaphore::new(permits))
            }

            pub async fn acquire(&self) -> Result<SemaphoreGuard<'_>, Infallible> {
                Ok(self.0.acquire().await)
            }
        }

        pub struct Notify(Event);

        impl Notify {
            pub fn new() -> Self {
                Self(Event::new())
            }

            pub fn notified(&self) -> EventListener {
                self.0.listen()
            }

            pub fn notify_one(&self) {
                self.0.notify(1);
            }
        }

        pub mod mpsc {
            pub use async_channel::{Sender, bounded};

            use async_channel::TrySendError;

            pub fn channel<T>(places: usize) -> (Sender<T>, Receiver<T>) {
                let (to, from) = bounded(places);
                (to, Receiver(from))
            }

            pub fn unbounded_channel<T>() -> (UnboundedSender<T>, Receiver<T>) {
                let (to, from) = async_channel::unbounded();
                (UnboundedSender(to), Receiver(from))
            }

            pub struct Receiver<T>(async_channel::Receiver<T>);

            impl<T> Receiver<T> {
                pub async fn recv(&mut self) -> Option<T> {
                    self.0.recv().await.ok()
                }
            }

            pub struct UnboundedSender<T>(Sender<T>);

            impl<T> UnboundedSender<T> {
                pub fn send(&self, value: T) -> Result<(), TrySendError<T>> {
                    self.0.try_send(value)
                }
            }
        }

        pub mod broadcast {
            use async_broadcast::{RecvError, TrySendError};

            pub fn channel<T: Clone>(places: usize) -> (Sender<T>, Receiver<T>) {
                let (mut to, from) = async_broadcast::broadcast(places);
                to.set_overflow(true);
                (Sender(to), Receiver(from))
            }

            pub struct Sender<T>(async_broadcast::Sender<T>);

            impl<T: Clone> Sender<T> {
                pub fn subscribe(&self) -> Receiver<T> {
                    Receiver(self.0.new_receiver())
                }

                pub fn send(&self, value: T) -> Result<Option<T>, TrySendError<T>> {
                    self.0.try_broadcast(value)
                }
            }

            pub struct Receiver<T>(async_broadcast::Receiver<T>);

            impl<T: Clone> Receiver<T> {
                pub async fn recv(&mut self) -> Result<T, RecvError> {
                    self.0.recv_direct().await
                }
            }
        }
    }
}

#[path = "workloads/mod.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "one source on several runtimes is the point"
)]
mod workloads;

pub const PEER: Peer = Peer {
    name: rt::NAME,
    run: workloads::run,
    grow: workloads::growth::grow,
    hold: workloads::hold,
};
