//! A clock that jumps: CLOCK_REALTIME says another time each time that it is asked, an
//! hour to and fro.
//!
//! This binary has a `clock_gettime` of its own, which std and the library call in the
//! place of libc's. What waits until a time of that clock waits for an hour then, or not
//! at all.

use std::cell::RefCell;
use std::ffi::c_int;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use buzzer::runtime::{Builder, Runtime};
use buzzer::task::spawn_blocking;
use buzzer::time::{Instant, interval, sleep, timeout};

/// How often the clock was asked.
static ASKED: AtomicU64 = AtomicU64::new(0);

// SAFETY: it does what libc's does, but for the time that it says.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: libc::clockid_t, time: *mut libc::timespec) -> c_int {
    const HOUR: libc::time_t = 3_600;
    // SAFETY: the caller has room for a timespec there.
    let code = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) };
    if clock == libc::CLOCK_REALTIME && code == 0 {
        let jump = match ASKED.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => HOUR,
            _ => -HOUR,
        };
        // SAFETY: as above; the kernel has filled it.
        unsafe { (*time).tv_sec += jump };
    }
    code as c_int
}

#[test]
fn the_clock_jumps() {
    let [first, second] = [SystemTime::now(), SystemTime::now()];
    let hour = Duration::from_secs(3_600);
    let apart = match first.duration_since(second) {
        Ok(apart) => apart,
        Err(error) => error.duration(),
    };
    assert!(apart >= hour, "{apart:?}");
}

#[test]
fn timers_go_by_another_clock() {
    const WAIT: Duration = Duration::from_millis(3);
    buzzer::block_on(async {
        for _ in 0..20 {
            let began = Instant::now();
            sleep(WAIT).await;
            assert!(began.elapsed() >= WAIT);
            let late = timeout(WAIT, std::future::pending::<()>()).await;
            assert!(late.is_err());
        }
        let began = Instant::now();
        let mut ticks = interval(WAIT);
        for _ in 0..5 {
            ticks.tick().await;
        }
        assert!(began.elapsed() >= 4 * WAIT);
    });
}

/// A thread-local that blocks in its drop, until it is told to end.
struct Blocks(mpsc::Receiver<()>);

impl Drop for Blocks {
    fn drop(&mut self) {
        let _ = self.0.recv();
    }
}

thread_local! {
    static BLOCKS: RefCell<Option<Blocks>> = const { RefCell::new(None) };
}

/// Had the limit been counted by this clock, it would be an hour every other time.
#[test]
fn the_limit_of_a_shutdown_goes_by_another_clock() {
    for _ in 0..4 {
        let runtime = Builder::new_current_thread().build().unwrap();
        let (go_on, wait) = mpsc::channel();
        runtime.block_on(async {
            let job = spawn_blocking(move || BLOCKS.set(Some(Blocks(wait))));
            job.await.unwrap();
        });
        // Nothing runs any more, but the thread can't end.
        let _ = runtime.shutdown_timeout(Duration::from_millis(5));
        drop(go_on);
    }
}

#[test]
fn jobs_and_idle_threads_go_by_another_clock() {
    let runtime: Runtime = Builder::new_current_thread()
        .thread_keep_alive(Duration::from_millis(1))
        .build()
        .unwrap();
    runtime.block_on(async {
        for n in 0..20 {
            let job = spawn_blocking(move || n);
            assert_eq!(
                timeout(Duration::from_secs(60), job)
                    .await
                    .unwrap()
                    .unwrap(),
                n
            );
            sleep(Duration::from_millis(1)).await;
        }
    });
}
