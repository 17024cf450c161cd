//! What a part has left: descriptors, threads, children, tasks.
//!
//! Owns the count of tasks, which is kept by [`spawn`].

use std::collections::BTreeSet;
use std::fs;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use buzzer::task::JoinHandle;
use rustix::process::{WaitOptions, wait};

use crate::limited;

static TASKS: AtomicUsize = AtomicUsize::new(0);

struct Counted;

impl Counted {
    fn new() -> Self {
        TASKS.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        TASKS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Spawns a task that is counted until its future is dropped.
pub fn spawn<F: Future<Output: 'static> + 'static>(future: F) -> JoinHandle<F::Output> {
    let counted = Counted::new();
    buzzer::spawn(async move {
        let _counted = counted;
        // So that it goes before the count does.
        pin!(future).await
    })
}

pub struct Before {
    descriptors: BTreeSet<String>,
    threads: usize,
}

impl Before {
    pub fn look() -> Self {
        Self {
            descriptors: descriptors(),
            threads: threads(),
        }
    }

    /// In one line.
    pub fn left(&self) -> String {
        // A thread that was joined is for a moment in the system's list still; and so is
        // one that nobody waits for, a lookup's, until it has ended. One that stays may
        // still say where it panicked, and reads a file of /proc for that.
        const LOOKS: usize = 2_000;
        limited::lift();
        let mut descriptors = Vec::new();
        for _ in 0..LOOKS {
            // First: what it has open goes with the thread.
            let are_gone = threads() <= self.threads;
            descriptors = self.descriptors_left();
            if are_gone && !descriptors.iter().any(|path| path.starts_with("/proc/")) {
                break;
            }
            thread::sleep(Duration::from_millis(2));
        }
        let mut threads = thread_names();
        threads.sort();
        // One that was killed ends in its own time.
        let (mut children, mut running) = (0, 0);
        for _ in 0..LOOKS {
            while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {
                children += 1;
            }
            running = usize::from(wait(WaitOptions::NOHANG).is_ok());
            if running == 0 {
                break;
            }
            thread::sleep(Duration::from_millis(2));
        }
        let tasks = TASKS.load(Ordering::Relaxed);
        format!(
            "left: descriptors {descriptors:?}, threads {threads:?}, children {children} and {running}, tasks {tasks}"
        )
    }

    /// What they lead to. One that is closed meanwhile leads nowhere.
    fn descriptors_left(&self) -> Vec<String> {
        let now = descriptors();
        let left = now.difference(&self.descriptors);
        let targets = left.map(|number| target(number));
        targets.filter(|target| !target.is_empty()).collect()
    }
}

fn descriptors() -> BTreeSet<String> {
    let entries = fs::read_dir("/proc/self/fd").expect("/proc");
    let numbers = entries.map(|entry| entry.expect("a number").file_name());
    let mut numbers: BTreeSet<_> = numbers
        .map(|number| number.to_string_lossy().into_owned())
        .collect();
    // That of the listing itself is closed by now.
    numbers.retain(|number| fs::symlink_metadata(format!("/proc/self/fd/{number}")).is_ok());
    numbers
}

fn target(number: &str) -> String {
    let target = fs::read_link(format!("/proc/self/fd/{number}")).unwrap_or_default();
    let target = target.to_string_lossy();
    // An inode's number would differ from run to run.
    target.split(":[").next().unwrap_or_default().to_owned()
}

fn threads() -> usize {
    thread_names().len()
}

/// Of all but the main one, whose name is the program's; and but those that stay for good:
/// they wait for what may come once more, and are one for the process.
fn thread_names() -> Vec<String> {
    const STAY: &[&str] = &[
        "buzzer-shutdown",
        "buzzer-trace",
        "buzzer-stdin",
        "buzzer-stdout",
        "buzzer-stderr",
    ];
    let main = std::process::id().to_string();
    let entries = fs::read_dir("/proc/self/task").expect("/proc");
    let threads = entries.map(|entry| entry.expect("a thread"));
    let others = threads.filter(|thread| *thread.file_name() != *main);
    // One that ends meanwhile has no name any more.
    let names = others.filter_map(|thread| fs::read_to_string(thread.path().join("comm")).ok());
    let names = names.map(|name| name.trim_end().to_owned());
    names.filter(|name| !STAY.contains(&&**name)).collect()
}
