//! hyper 1 over the sockets, tasks and timers of this crate.
//!
//! Owns [`BuzzerExecutor`] and [`BuzzerTimer`], named after those that hyper-util
//! has for tokio, and hyper's `Read` and `Write` for the stream sockets. hyper's
//! buffers are received into directly, and its vectored writes are one system
//! call.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{self, ReadBufCursor};

use crate::io::{AsyncRead, AsyncWrite};
use crate::machine::scheduler::cell::is_large;
use crate::net::{TcpStream, UnixStream};
use crate::sys::foreign_buf;
use crate::time::{Instant, Sleep, sleep, sleep_until};

/// Spawns what hyper runs beside a connection (the streams of HTTP/2) on the
/// current runtime. Takes futures that are not `Send`.
///
/// # Examples
///
/// ```
/// use buzzer::compat::hyper::BuzzerExecutor;
/// use hyper::rt::Executor;
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// buzzer::block_on(async {
///     let served = Rc::new(Cell::new(false));
///     let flag = served.clone();
///     BuzzerExecutor::new().execute(async move { flag.set(true) });
///     buzzer::task::yield_now().await;
///     assert!(served.get());
/// });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct BuzzerExecutor;

impl BuzzerExecutor {
    /// The executor. It is the same for every runtime.
    pub fn new() -> Self {
        Self
    }
}

impl<F> rt::Executor<F> for BuzzerExecutor
where
    F: Future + 'static,
    F::Output: 'static,
{
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    fn execute(&self, future: F) {
        match const { is_large::<F>() } {
            true => drop(crate::spawn(Box::pin(future))),
            false => drop(crate::spawn(future)),
        }
    }
}

/// hyper's time-outs on the clock of the current runtime, also if it is paused.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
/// use buzzer::compat::hyper::BuzzerTimer;
/// use hyper::rt::Timer;
///
/// # buzzer::block_on(async {
/// let began = Instant::now();
/// BuzzerTimer::new().sleep(Duration::from_millis(1)).await;
/// assert!(began.elapsed() >= Duration::from_millis(1));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct BuzzerTimer;

impl BuzzerTimer {
    /// The timer. It is the same for every runtime.
    pub fn new() -> Self {
        Self
    }
}

impl rt::Timer for BuzzerTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(sleep(duration))
    }

    fn sleep_until(&self, deadline: std::time::Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(sleep_until(Instant::from_std(deadline)))
    }

    fn now(&self) -> std::time::Instant {
        Instant::now().into_std()
    }

    /// Keeps the allocation. hyper resets a sleep while it polls the connection
    /// that waits for it, so the connection is not woken for it.
    fn reset(&self, sleep: &mut Pin<Box<dyn rt::Sleep>>, deadline: std::time::Instant) {
        match sleep.as_mut().downcast_mut_pin::<Sleep>() {
            Some(ours) => ours
                .get_mut()
                .reset_by_its_waiter(Instant::from_std(deadline)),
            None => *sleep = self.sleep_until(deadline),
        }
    }
}

impl rt::Sleep for Sleep {}

macro_rules! read {
    ($($reader:ty),*) => {$(
        impl rt::Read for $reader {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                cursor: ReadBufCursor<'_>,
            ) -> Poll<io::Result<()>> {
                foreign_buf::fill_hyper(cursor, |buffer| AsyncRead::poll_read(self, cx, buffer))
            }
        }
    )*};
}

macro_rules! write {
    ($($writer:ty),*) => {$(
        impl rt::Write for $writer {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                AsyncWrite::poll_write(self, cx, bytes)
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                AsyncWrite::poll_flush(self, cx)
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                AsyncWrite::poll_shutdown(self, cx)
            }

            fn is_write_vectored(&self) -> bool {
                AsyncWrite::is_write_vectored(self)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                AsyncWrite::poll_write_vectored(self, cx, buffers)
            }
        }
    )*};
}

read!(TcpStream, UnixStream);
write!(TcpStream, UnixStream);
