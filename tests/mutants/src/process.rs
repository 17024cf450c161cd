//! A test in a process of its own, and how it ended.
//!
//! What tells a test that hangs from one that the machine is slow for is how much of a
//! processor it has used, and whether it still uses any. Only for one that uses none, or a
//! little for ever, there is a stopwatch, which may be wrong on a busy machine: so one hang
//! proves nothing (`hunt.rs`).

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};

/// What a test may use, beside ten times what it did without a mutant.
const SPINS: Duration = Duration::from_secs(1);
/// How long it may do nothing at all, beside thrice as long as it took.
const STANDS: Duration = Duration::from_secs(3);
/// And if it does a little, time and again: nobody waits longer.
const LASTS: Duration = Duration::from_secs(60);
/// For so long it does nothing before its children are looked at.
const SEEMS_IDLE: Duration = Duration::from_millis(500);
/// How much memory a process may have: a loop that never ends may fill a list.
const FILLS: u64 = 1 << 30;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum End {
    Passed,
    /// The test has failed, or a signal has ended the process.
    Failed,
    /// It spins, stands, lasts or fills the memory.
    Hung,
}

/// How an end came to be.
pub struct Ran {
    /// That of the first test that has not passed; of the process, if none is named.
    pub end: End,
    /// That test, unless all have passed.
    pub by: String,
    /// Those that have passed before it, in the order in which they ran.
    pub before: Vec<String>,
    /// And those that have behind it.
    pub after: Vec<String>,
    pub took: Duration,
    pub used: Duration,
}

/// What a test took without a mutant.
#[derive(Clone, Copy, Default, Debug, Serialize, Deserialize)]
pub struct Usual {
    pub took: Duration,
    pub used: Duration,
}

pub struct Run<'a> {
    /// The program, and what it gets before the words that any program of tests takes.
    pub command: &'a [&'a str],
    pub package: &'a str,
    /// One after the other.
    pub cases: &'a [&'a str],
    pub variable: (&'a str, &'a str),
    /// What each of them takes.
    pub usual: &'a [Usual],
    /// For what tests make there and a process that is killed leaves.
    pub scratch: &'a Path,
}

impl Run<'_> {
    pub fn run(&self) -> Ran {
        fs::create_dir_all(self.scratch).expect("a folder can be made");
        let printed = self.printed();
        let file = File::create(&printed).expect("a file can be made");
        let (variable, value) = self.variable;
        let mut child = Command::new(self.command[0])
            .args(&self.command[1..])
            .args(["--exact", "--test-threads=1"])
            .args(self.cases)
            .current_dir(self.package)
            .env("CARGO_MANIFEST_DIR", self.package)
            .env("TMPDIR", self.scratch)
            .env(variable, value)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the program was just built");
        let began = Instant::now();
        let (end, used) = self.wait(&mut child);
        // Also its children, which nobody waits for.
        let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
        let _ = child.wait();
        let text = fs::read(&printed).unwrap_or_default();
        let _ = fs::remove_dir_all(self.scratch);
        let _ = fs::remove_file(&printed);
        let said = said(&String::from_utf8_lossy(&text));
        Ran {
            // It may have failed, and another one behind it have hung.
            end: if said.has_failed { End::Failed } else { end },
            by: said.by,
            before: said.before,
            after: said.after,
            took: began.elapsed(),
            used,
        }
    }

    /// Where goes what the program says.
    fn printed(&self) -> PathBuf {
        self.scratch.with_extension("printed")
    }

    fn wait(&self, child: &mut Child) -> (End, Duration) {
        let all_use: Duration = self.usual.iter().map(|of| of.used).sum();
        let all_take: Duration = self.usual.iter().map(|of| of.took).sum();
        // They run one after the other, and each says its name: no more than one may be idle
        // between two words.
        let longest = self.usual.iter().map(|of| of.took).max();
        let longest = longest.unwrap_or_default();
        let mut used = Duration::ZERO;
        // With the children that still run: more than `used` only while they do the work.
        let mut used_by_all = Duration::ZERO;
        let printed = self.printed();
        let mut has_printed = 0;
        let began = Instant::now();
        let mut moved = began;
        let mut pause = Duration::from_millis(2);
        loop {
            if let Some(status) = child.try_wait().expect("it is ours") {
                let end = if status.success() {
                    End::Passed
                } else {
                    End::Failed
                };
                return (end, used.max(used_by_all));
            }
            let prints = fs::metadata(&printed).map_or(0, |file| file.len());
            if prints > has_printed {
                has_printed = prints;
                moved = Instant::now();
            }
            let now = look(child.id()).unwrap_or_default();
            if now.used > used {
                used = now.used;
                moved = Instant::now();
            } else if moved.elapsed() > SEEMS_IDLE {
                // It may wait for a child of its group, which does what is tested.
                let by_all = used_in_group(child.id());
                if by_all > used_by_all {
                    used_by_all = by_all;
                    moved = Instant::now();
                }
            }
            let spins = used.max(used_by_all) > SPINS + 10 * all_use;
            let stands = moved.elapsed() > STANDS + 3 * longest;
            let lasts = began.elapsed() > LASTS + 3 * all_take;
            if spins || stands || lasts || now.fills > FILLS {
                return (End::Hung, used.max(used_by_all));
            }
            thread::sleep(pause);
            pause = (pause * 3 / 2).min(Duration::from_millis(50));
        }
    }
}

/// What a program of tests has said of them.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Said {
    /// The first that has failed; if none has, of a process that was ended the one that it was
    /// in.
    pub by: String,
    pub has_failed: bool,
    pub before: Vec<String>,
    pub after: Vec<String>,
}

pub fn said(printed: &str) -> Said {
    let mut said = Said::default();
    // Behind that it tells what those have printed that have failed.
    let lines = printed.lines().take_while(|line| *line != "failures:");
    let lines = lines.filter_map(|line| line.strip_prefix("test "));
    for (name, end) in lines.filter_map(|line| line.split_once(" ... ")) {
        let name = name.strip_suffix(" - should panic").unwrap_or(name);
        let is_first = said.by.is_empty();
        if end.ends_with("ok") {
            let passed = if is_first {
                &mut said.before
            } else {
                &mut said.after
            };
            passed.push(name.to_owned());
        } else if is_first && !end.ends_with("ignored") {
            said.by = name.to_owned();
            said.has_failed = end.ends_with("FAILED");
        }
    }
    said
}

#[derive(Default)]
struct Look {
    group: u64,
    used: Duration,
    fills: u64,
}

/// What the kernel tells of a process; nothing of one that has ended.
fn look(process: u32) -> Option<Look> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in brackets, may have spaces.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let fields: Vec<u64> = fields
        .split_whitespace()
        .skip(1)
        .map(|field| field.parse().unwrap_or_default())
        .collect();
    // From behind the state on: 2 is its group, 11 and 12 are its ticks, 13 and 14 those of
    // its children that have ended, 21 its pages.
    let of = |nth: usize| fields.get(nth - 1).copied().unwrap_or_default();
    let ticks = of(11) + of(12) + of(13) + of(14);
    Some(Look {
        group: of(2),
        used: Duration::from_millis(ticks * 10),
        fills: of(21) * 4096,
    })
}

/// What the processes of a group have used of a processor, all together.
fn used_in_group(group: u32) -> Duration {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let looks = processes.filter_map(look);
    let of_group = looks.filter(|look| look.group == u64::from(group));
    of_group.map(|look| look.used).sum()
}
