//! What the library makes of the steps: timers that are polled by hand, with wakers that
//! write down who is woken.

use super::{Inner, NEVER, PLACES, Step};
use crate::search::Fault;
use buzzer::time::{Duration, Instant, Interval, Sleep};
use buzzer::time::{advance, interval_at, sleep, sleep_until, timeout};
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// Who was woken, and who wants to know.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<(Vec<usize>, Option<Waker>)>>);

impl Log {
    fn with<T>(&self, does: impl FnOnce(&mut (Vec<usize>, Option<Waker>)) -> T) -> T {
        does(&mut self.0.lock().expect("nobody panics with it"))
    }

    fn take(&self) -> Vec<usize> {
        self.with(|log| std::mem::take(&mut log.0))
    }

    /// Until somebody is woken.
    async fn is_written(&self) {
        poll_fn(|cx| {
            self.with(|(woken, asks)| {
                *asks = Some(cx.waker().clone());
                match woken.is_empty() {
                    true => Poll::Pending,
                    false => Poll::Ready(()),
                }
            })
        })
        .await;
    }
}

struct Alarm(Log, usize);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        let asks = self.0.with(|(woken, asks)| {
            woken.push(self.1);
            asks.take()
        });
        if let Some(asks) = asks {
            asks.wake();
        }
    }
}

enum Timer {
    Sleep(Pin<Box<Sleep>>),
    Timeout(Pin<Box<dyn Future<Output = bool>>>),
    Interval(Interval),
}

fn after(time: u64) -> Duration {
    match time {
        NEVER => Duration::MAX,
        time => Duration::from_nanos(time),
    }
}

/// Writes what the library makes of it, step by step. `idles` says of each [`Step::Idle`]
/// whether anything is to come.
pub fn real(steps: &[Step], idles: &[bool], fault: Fault, account: &mut Vec<String>) {
    let runtime = buzzer::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("the system has what it takes");
    let stepped = stepped(steps, idles, fault, account);
    runtime.block_on(buzzer::task::unconstrained(stepped));
}

async fn stepped(steps: &[Step], idles: &[bool], fault: Fault, account: &mut Vec<String>) {
    let began = Instant::now();
    // Far off, a deadline that is no instant any more is as good as one that never comes.
    let at = |time: u64| match time {
        NEVER => began + Duration::from_secs(86_400 * 365 * 29),
        time => began + Duration::from_nanos(time),
    };
    let log = Log::default();
    let mut timers: [Option<Timer>; PLACES] = [const { None }; PLACES];
    let mut idles = idles.iter();
    for &step in steps {
        let mut told = String::new();
        match step {
            Step::After(place, time) => {
                timers[place] = None;
                timers[place] = Some(Timer::Sleep(Box::pin(sleep(after(time)))));
            }
            Step::Until(place, time) => {
                timers[place] = None;
                timers[place] = Some(Timer::Sleep(Box::pin(sleep_until(at(time)))));
            }
            Step::Timeout(place, time, inner) => {
                timers[place] = None;
                let future = timeout(after(time), async move {
                    match inner {
                        Inner::Ready => {}
                        Inner::Pending => pending().await,
                        Inner::Sleeps(time) => sleep(after(time)).await,
                    }
                });
                let future = Box::pin(async { future.await.is_ok() });
                timers[place] = Some(Timer::Timeout(future));
            }
            Step::Ticks(place, start, period, behavior) => {
                timers[place] = None;
                let start = Instant::now() + Duration::from_nanos(start);
                let mut interval = interval_at(start, Duration::from_nanos(period));
                interval.set_missed_tick_behavior(behavior);
                timers[place] = Some(Timer::Interval(interval));
            }
            Step::Poll(place) => {
                let waker = Waker::from(Arc::new(Alarm(log.clone(), place)));
                let cx = &mut Context::from_waker(&waker);
                told = match &mut timers[place] {
                    None => "nothing".into(),
                    Some(Timer::Sleep(sleep)) => format!("{:?}", sleep.as_mut().poll(cx)),
                    Some(Timer::Interval(interval)) => {
                        let tick = interval.poll_tick(cx);
                        format!("{:?}", tick.map(|tick| (tick - began).as_nanos()))
                    }
                    Some(Timer::Timeout(timeout)) => {
                        let polled = timeout.as_mut().poll(cx);
                        if polled.is_ready() {
                            timers[place] = None;
                        }
                        format!("{polled:?}")
                    }
                };
            }
            Step::Drop(place) => {
                fault.made();
                timers[place] = None;
            }
            Step::Reset(place, time) => match &mut timers[place] {
                Some(Timer::Sleep(sleep)) => sleep.as_mut().reset(at(time)),
                Some(Timer::Interval(interval)) => interval.reset_at(at(time)),
                _ => {}
            },
            Step::Advance(time) => advance(Duration::from_nanos(time)).await,
            Step::Idle => {
                if *idles.next().expect("one for each") {
                    log.is_written().await;
                }
            }
        }
        let now = (Instant::now() - began).as_nanos();
        account.push(format!("{told} {:?} at {now}", log.take()));
    }
}
