//! Ends a process one of whose programs doesn't come to an end, and says which: whoever runs
//! it can't, for it waits for that end.
//!
//! Owns the thread that looks. Used by the searches through seeds.

use std::io::{self, Write};
use std::process;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Who is at the same program for as long as this hangs: they take milliseconds, on a busy
/// machine some seconds. It decides nothing else.
#[allow(dead_code, reason = "a test has a shorter one")]
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Is told of each program that begins. It looks for as long as this lives.
#[derive(Debug)]
pub struct Watch<P> {
    begun: Arc<Mutex<Begun<P>>>,
    /// Its drop ends the thread.
    _lives: mpsc::Sender<()>,
}

#[derive(Debug)]
struct Begun<P> {
    count: u64,
    last: Option<P>,
}

impl<P: Send + 'static> Watch<P> {
    /// `tell` says which program it is that hangs.
    pub fn new(patience: Duration, tell: impl Fn(&P) -> String + Send + 'static) -> Self {
        let begun = Arc::new(Mutex::new(Begun {
            count: 0,
            last: None,
        }));
        let (lives, life) = mpsc::channel::<()>();
        let looks_at = begun.clone();
        // It looks now and then, and is not sent what begins: a wake of it for each program
        // would take longer than a short one.
        thread::spawn(move || {
            let mut seen = 0;
            while life.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                let begun = looks_at.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(last) = begun.last.as_ref().filter(|_| begun.count == seen) {
                    ends_with(&tell(last));
                }
                seen = begun.count;
            }
        });
        Self {
            begun,
            _lives: lives,
        }
    }

    pub fn begins(&self, program: P) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.count += 1;
        begun.last = Some(program);
    }
}

fn ends_with(which: &str) -> ! {
    // Not by `eprintln!`: under a test that goes where it is kept until the test has ended.
    let told = writeln!(io::stderr(), "This does not come to an end:\n\n{which}");
    drop(told);
    process::exit(1);
}
