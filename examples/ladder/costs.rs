//! What a run has cost: the stages count here, by one word where it happens.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Something that is counted.
#[derive(Debug)]
pub struct Count(AtomicU64);

impl Count {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// It has happened once more.
    pub fn add(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// How often it has happened.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Futures polled.
pub static POLLS: Count = Count::new();
/// Wakers woken.
pub static WAKES: Count = Count::new();
/// How often the loop has gone to sleep: each is a system call.
pub static PARKS: Count = Count::new();
/// Threads started.
pub static THREADS: Count = Count::new();

/// How long this process has had a processor.
pub fn processor() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

/// The costs of the run, in a sentence of two lines.
pub(crate) fn told(total: Duration, busy: Duration) -> String {
    let counts = [
        (&POLLS, "poll"),
        (&WAKES, "wake"),
        (&PARKS, "park"),
        (&THREADS, "thread"),
    ];
    let counted = counts.map(|(count, what)| match count.get() {
        1 => format!("1 {what}"),
        many => format!("{} {what}s", grouped(many)),
    });
    format!(
        "It cost {},\nand a processor for {:.3} s of {:.3} s.",
        counted.join(", "),
        busy.as_secs_f64(),
        total.as_secs_f64()
    )
}

/// `1,234,567`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
