//! Many runs: every call in every part, with its errors.
//!
//! Owns what is to be run ([`points`]) and what came of it.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use crate::calls::{CALLS, Call, Error};
use crate::judge;
use crate::left_out::MAY_BE_ABSENT;
use crate::parts;
use crate::run::{self, Fault, Ran};

/// How far it goes.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Of a part's calls of one kind, as many as are made to fail.
    pub occurrences: usize,
    /// Of a call's errors, as many, and always EINTR.
    pub errors: usize,
    /// Of the parts that make a call, as many as see it fail.
    pub parts: usize,
    /// And all of them together.
    pub together: bool,
}

/// What the long form does.
pub const LONG: Reach = Reach {
    occurrences: usize::MAX,
    errors: usize::MAX,
    parts: usize::MAX,
    together: true,
};

/// What the short form does.
pub const SHORT: Reach = Reach {
    occurrences: 2,
    errors: 1,
    parts: 3,
    together: false,
};

impl Reach {
    /// Those of the call's errors that are within it.
    fn errors_of(self, call: &'static Call) -> impl Iterator<Item = Error> {
        let errors = call.errors.iter().enumerate();
        let within = errors.filter(move |(n, error)| *n < self.errors || error.name == "EINTR");
        within.map(|(_, error)| *error)
    }
}

/// What is to fail, and where.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    pub part: &'static str,
    pub call: &'static Call,
    pub error: Error,
    pub nth: usize,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            part,
            call,
            error,
            nth,
        } = self;
        write!(f, "{} {} #{nth} in {part}", call.name, error.name)
    }
}

/// What came of a point.
#[derive(Debug)]
pub struct Seen {
    pub point: Point,
    /// What the program said that it doesn't say otherwise.
    pub said: Vec<String>,
    pub complaints: Vec<String>,
    /// Whether the call was made so often, this time as well.
    pub failed: bool,
}

pub type Plain = BTreeMap<&'static str, Ran>;

/// Every part without a fault.
pub fn plain(program: &Path) -> Plain {
    let ran = in_parallel(parts::names(), |part| (part, run::run(program, part, None)));
    for (part, ran) in &ran {
        assert!(judge::is_well(ran), "{part}, without a fault: {ran:#?}");
    }
    ran.into_iter().collect()
}

/// The points of this reach, by how often each part makes each call.
pub fn points(plain: &Plain, reach: Reach) -> Vec<Point> {
    let mut points = Vec::new();
    for call in CALLS {
        let makes = |part: &&str| plain[*part].counts.contains_key(&call.number);
        let alone = parts::names();
        let alone = alone.iter().filter(|part| **part != parts::TOGETHER);
        let mut makers: Vec<_> = alone.copied().filter(makes).take(reach.parts).collect();
        if reach.together {
            makers.extend(Some(parts::TOGETHER).filter(makes));
        }
        for part in makers {
            let count = plain[part].counts[&call.number];
            let occurrences: Vec<_> = (1..=count.min(reach.occurrences)).collect();
            // Together each part does what it does alone, so one error and an interruption
            // tell whether the others mind.
            let errors = match part {
                parts::TOGETHER => reach.errors.min(1),
                _ => reach.errors,
            };
            for error in (Reach { errors, ..reach }).errors_of(call) {
                points.extend(occurrences.iter().map(|&nth| Point {
                    part,
                    call,
                    error,
                    nth,
                }));
            }
        }
    }
    points
}

/// The calls with the errors by which none has failed, within this reach. Each should have,
/// but for the calls that the program may not make.
pub fn not_met(seen: &[Seen], reach: Reach) -> Vec<(&'static str, &'static str)> {
    let may_be_absent = |call: &Call| MAY_BE_ABSENT.iter().any(|(name, _)| *name == call.name);
    let has_failed = |call: &Call, error| {
        let mut failed = seen.iter().filter(|seen| seen.failed);
        failed.any(|seen| (seen.point.call.name, seen.point.error) == (call.name, error))
    };
    let mut not_met = Vec::new();
    for call in CALLS.iter().filter(|call| !may_be_absent(call)) {
        let errors = reach.errors_of(call);
        let missing = errors.filter(|error| !has_failed(call, *error));
        not_met.extend(missing.map(|error| (call.name, error.name)));
    }
    not_met
}

pub fn see(program: &Path, plain: &Plain, points: Vec<Point>) -> Vec<Seen> {
    in_parallel(points, |point| {
        let fault = Fault {
            call: point.call.number,
            errno: point.error.number,
            nth: point.nth,
        };
        let plain = &plain[point.part];
        let ran = run::run(program, point.part, Some(fault));
        let complaints = match ran.failed {
            true => judge::complaints(plain, &ran, point.call, point.error),
            false if judge::is_well(&ran) => Vec::new(),
            false => vec![format!("without a fault: {ran:#?}")],
        };
        // At once: all of them take minutes.
        for complaint in &complaints {
            println!("{point}: {complaint}");
        }
        Seen {
            point,
            said: judge::said(plain, &ran, point.error),
            complaints,
            failed: ran.failed,
        }
    })
}

/// Does `todo` on as many threads as there are cores. The results are in its order.
pub fn in_parallel<T: Send, R: Send>(todo: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(2, NonZero::get);
    let todo = Mutex::new(todo.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    thread::scope(|threads| {
        for _ in 0..cores {
            threads.spawn(|| {
                loop {
                    let Some((index, next)) = todo.lock().expect("no panic").next() else {
                        return;
                    };
                    let result = work(next);
                    done.lock().expect("no panic").push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no panic");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
