//! What /proc tells of the threads of a process. Elsewhere than on Linux: nothing.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// The threads of a process at one moment. Two that are equal have no run between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Whether each of them waits for something.
    pub all_sleep: bool,
    /// The processor time that those have had which still run.
    pub cpu: Duration,
    /// How often they have been given the processor.
    pub runs: u64,
}

/// At a process.
pub(crate) fn at(process: u32) -> Option<Look> {
    at_all_but(process.to_string().into(), None)
}

/// At this one, without the thread that looks.
pub(crate) fn at_others() -> Option<Look> {
    let myself = fs::read_link("/proc/thread-self").ok()?;
    at_all_but("self".into(), Some(myself.file_name()?.into()))
}

fn at_all_but(process: PathBuf, but: Option<PathBuf>) -> Option<Look> {
    let tasks = PathBuf::from("/proc").join(process).join("task");
    let mut look = Look {
        all_sleep: true,
        cpu: Duration::ZERO,
        runs: 0,
    };
    for task in fs::read_dir(tasks).ok()? {
        let task = task.ok()?.path();
        if but.as_deref().is_some_and(|but| task.ends_with(but)) {
            continue;
        }
        // One that has ended since it was listed is not counted.
        let Ok(status) = fs::read_to_string(task.join("stat")) else {
            continue;
        };
        // The state follows the name, which is in parentheses and may hold some.
        let state = status.rsplit_once(") ")?.1.chars().next()?;
        look.all_sleep &= state == 'S';
        let schedule = fs::read_to_string(task.join("schedstat")).ok()?;
        let mut numbers = schedule.split_whitespace().map(str::parse::<u64>);
        look.cpu += Duration::from_nanos(numbers.next()?.ok()?);
        look.runs += numbers.nth(1)?.ok()?;
    }
    Some(look)
}
