//! Runs a scenario in a process of its own, sees how that ends, and says what it means.
//!
//! A hang, a spin, an abort or a corrupted heap ends that process and nothing else. It is
//! this program that is run again, so its `main` must lead to [`answer`] before it does
//! anything else.
//!
//! No stopwatch decides. Where there is /proc, a process that hangs is one of which no
//! thread has had the processor in 30 looks in a row, while no scenario waits for as
//! long; one that spins has used up more processor time than any scenario needs. What is
//! neither, or where there is no /proc, is ended after 30 s.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{self, Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::child::{self, BEGINS, EXPECTED, HAPPENED, HERE, RIGHT, WAITS};
use crate::look::{self, Look};
use crate::scenario::{Finding, Scenario};
use crate::{Executor, Part, scenario_named};

/// What became of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The executor does what it should.
    Right,
    /// It makes the scenario's mistake, or another one on the way.
    Wrong(Mistake),
    /// It lacks what the scenario needs.
    NotOffered(Vec<Part>),
}

/// A mistake, as it showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// How the run ended.
    pub end: End,
    /// What was expected, and what happened.
    pub finding: Finding,
    /// The last lines that the run printed to standard error.
    pub printed: Vec<String>,
}

/// How a run that showed a mistake ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself; the scenario counted, and told.
    Told,
    /// It didn't: all slept, and nobody was left who would wake them.
    Hung,
    /// It didn't: it kept the processor busy.
    Spun,
    /// It didn't, for as long as anybody would wait.
    Unfinished,
    /// The process ended in the midst of it.
    Died,
}

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);
/// Thirty looks are 600 ms. No scenario waits for more than 300.
const STILL_LOOKS: u32 = 30;
/// Several times what the most costly scenario uses, built for debugging.
const CPU: Duration = Duration::from_secs(4);
const DEADLINE: Duration = Duration::from_secs(30);
/// How much of what was printed is kept.
const LINES: usize = 12;

/// If this process was started for one scenario, runs it and ends the process.
///
/// For programs that do without [`crate::main`]: call it first, with all the executors
/// that are judged later.
pub fn answer(executors: &[Executor]) {
    let mut args = env::args().skip_while(|arg| arg != HERE);
    if args.next().is_none() {
        return;
    }
    let (scenario, name) = (args.next().unwrap_or_default(), args.next());
    let named = |executor: &&Executor| name.as_deref().is_none_or(|name| name == executor.name());
    let code = match (scenario_named(&scenario), executors.iter().find(named)) {
        (Some(scenario), Some(executor)) => child::run(executor, scenario),
        (None, _) => child::refuse(&format!("no scenario is named {scenario:?}")),
        (_, None) => child::refuse(&format!(
            "no executor is named {:?}",
            name.unwrap_or_default()
        )),
    };
    // Not by returning: what else the program does is not to be done.
    process::exit(code);
}

/// Runs the scenario on the executor, in a process of its own.
///
/// # Panics
///
/// If this program can't be started again, or doesn't call [`answer`].
pub fn judge(executor: &Executor, scenario: &Scenario) -> Verdict {
    let missing = scenario.missing(executor);
    if !missing.is_empty() {
        return Verdict::NotOffered(missing);
    }
    let program = env::current_exe().expect("a program knows where it lies");
    let mut child = Command::new(program)
        .args([HERE, scenario.name, executor.name()])
        // What was printed is shown, and a trace of the kit's own calls tells nobody much.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process for a scenario");
    let said = last_lines(child.stdout.take(), usize::MAX);
    let printed = last_lines(child.stderr.take(), LINES);
    let ended = wait(&mut child);
    let said = said.join().unwrap_or_default();
    let printed = printed.join().unwrap_or_default();
    verdict(ended, &said, printed)
}

/// Runs scenarios on executors, several at once; the verdicts come in the order asked for.
pub fn judge_all(asked: &[(&Executor, &Scenario)]) -> Vec<Verdict> {
    // Most of them sleep, most of the time.
    let at_once = thread::available_parallelism().map_or(4, |cores| 4 * cores.get());
    let next = Mutex::new(asked.iter().enumerate());
    let verdicts = Mutex::new(vec![None; asked.len()]);
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let Some((index, (executor, scenario))) = next.lock().unwrap().next() else {
                        return;
                    };
                    let verdict = judge(executor, scenario);
                    verdicts.lock().unwrap()[index] = Some(verdict);
                }
            });
        }
    });
    let verdicts = verdicts.into_inner().unwrap();
    verdicts.into_iter().flatten().collect()
}

fn wait(child: &mut Child) -> Result<ExitStatus, End> {
    let begin = Instant::now();
    let mut last: Option<Look> = None;
    let mut still = 0;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be asked for") {
            return Ok(status);
        }
        // A run that goes well takes a few milliseconds, and is not to wait for a look.
        if begin.elapsed() < BETWEEN_LOOKS {
            thread::sleep(BETWEEN_LOOKS / 20);
            continue;
        }
        let look = look::at(child.id());
        let is_still = look.as_ref().is_some_and(|look| look.all_sleep) && look == last;
        still = if is_still { still + 1 } else { 0 };
        let end = match &look {
            _ if still >= STILL_LOOKS => Some(End::Hung),
            Some(look) if look.cpu >= CPU => Some(End::Spun),
            _ if begin.elapsed() >= DEADLINE => Some(match &look {
                Some(look) if look.cpu >= CPU / 10 => End::Spun,
                _ => End::Unfinished,
            }),
            _ => None,
        };
        if let Some(end) = end {
            // It may have ended meanwhile, which is as good.
            let _ = child.kill();
            let _ = child.wait();
            return Err(end);
        }
        last = look;
        thread::sleep(BETWEEN_LOOKS);
    }
}

fn last_lines(
    from: Option<impl Read + Send + 'static>,
    limit: usize,
) -> thread::JoinHandle<Vec<String>> {
    thread::spawn(move || {
        let mut last = Vec::new();
        for line in from
            .into_iter()
            .flat_map(|from| BufReader::new(from).split(b'\n'))
        {
            let Ok(line) = line else { break };
            if last.len() == limit {
                last.remove(0);
            }
            last.push(String::from_utf8_lossy(&line).into_owned());
        }
        last
    })
}

fn verdict(ended: Result<ExitStatus, End>, said: &[String], printed: Vec<String>) -> Verdict {
    let last = |prefix| said.iter().rev().find_map(|line| line.strip_prefix(prefix));
    let waited_for = last(WAITS).unwrap_or("the scenario to end").to_owned();
    let (end, expected, happened) = match ended {
        Ok(_) if said.iter().any(|line| line == RIGHT) => return Verdict::Right,
        Ok(_) if !said.iter().any(|line| line.starts_with(BEGINS)) => panic!(
            "the program was started for a scenario and did something else: call \
             buzzer_kit::main, or buzzer_kit::answer, before anything else"
        ),
        Ok(status) => match (last(EXPECTED), last(HAPPENED)) {
            (Some(expected), Some(happened)) => {
                (End::Told, expected.to_owned(), happened.to_owned())
            }
            _ => (
                End::Died,
                waited_for,
                format!("the process ended with {status}"),
            ),
        },
        Err(end) => {
            let happened = match end {
                End::Spun => "it didn't come, and the processor was kept busy",
                End::Unfinished => "it didn't come, though now and then something ran",
                _ => "it didn't come: all threads sleep, and nothing will wake them",
            };
            (end, waited_for, happened.to_owned())
        }
    };
    Verdict::Wrong(Mistake {
        end,
        finding: Finding { expected, happened },
        printed,
    })
}
