//! A program of many parts. Each part has a runtime of its own (or one for all of them:
//! [`TOGETHER`]) and says in a line what it has come to.
//!
//! Owns the list of parts and the order of a run: what is made before the library is
//! called, the marks around what the library does, and then what was promised and what is
//! left. `main.rs` runs it, in a process of its own.
//!
//! Errors and values are told apart, and what was reported as written is looked at
//! without the library: a [`Place`] keeps these promises until then.

mod children;
mod files;
mod left;
mod machine;
mod paths;
mod place;
mod sockets;
mod streams;
mod vectored;

use std::any::Any;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;

use buzzer::runtime::{Builder, Runtime};

pub use place::Place;

/// What a part comes to.
pub type Said = io::Result<String>;

type Running = Pin<Box<dyn Future<Output = Said>>>;

#[derive(Clone, Copy)]
enum Part {
    /// On a runtime that it is given.
    On(fn(Rc<Place>) -> Running),
    /// That makes its own.
    Whole(fn(Rc<Place>) -> Said),
}

use Part::{On, Whole};

/// All of the first kind at once, each a task of one runtime.
pub const TOGETHER: &str = "together";

/// With its standard input closed.
const LOW_NUMBERS: &str = "low numbers";

/// Told to record by a variable.
pub const TRACED: &str = "traced";

const PARTS: &[(&str, Part)] = &[
    ("timers", On(|_| Box::pin(machine::timers()))),
    ("threads", On(|_| Box::pin(machine::threads()))),
    ("jobs", On(|_| Box::pin(machine::jobs()))),
    ("whole files", On(|place| Box::pin(files::whole(place)))),
    ("file", On(|place| Box::pin(files::parts(place)))),
    ("appended", On(|place| Box::pin(files::appended(place)))),
    ("buffered", On(|place| Box::pin(files::buffered(place)))),
    ("uncached", On(|place| Box::pin(files::uncached(place)))),
    ("copies", On(|place| Box::pin(files::copies(place)))),
    ("paths", On(|place| Box::pin(paths::names(place)))),
    (
        "directories",
        On(|place| Box::pin(paths::directories(place))),
    ),
    ("TCP", On(|place| Box::pin(streams::tcp(place)))),
    ("many connections", On(|_| Box::pin(streams::many()))),
    ("Unix streams", On(|place| Box::pin(streams::unix(place)))),
    ("UDP", On(|_| Box::pin(sockets::udp()))),
    (
        "Unix datagrams",
        On(|place| Box::pin(sockets::datagrams(place))),
    ),
    ("FIFO", On(|place| Box::pin(streams::fifo(place)))),
    ("several buffers", On(|_| Box::pin(vectored::buffers()))),
    ("adopted pipe", On(|_| Box::pin(sockets::adopted()))),
    ("lookup", On(|_| Box::pin(sockets::lookup()))),
    ("status", On(|_| Box::pin(children::status()))),
    ("output", On(|_| Box::pin(children::output()))),
    ("both pipes", On(|_| Box::pin(children::both_pipes()))),
    ("kill", On(|_| Box::pin(children::kill()))),
    (
        "no programs",
        On(|place| Box::pin(children::no_programs(place))),
    ),
    ("signals", On(|_| Box::pin(machine::signals()))),
    (
        "standard streams",
        On(|_| Box::pin(machine::standard_streams())),
    ),
    (LOW_NUMBERS, Whole(machine::low_numbers)),
    ("two runtimes", Whole(|_| machine::two_runtimes())),
    ("turns", Whole(|_| machine::turns())),
    ("watched", Whole(|_| machine::watched())),
    ("recorded", Whole(|_| machine::recorded())),
    (TRACED, Whole(|_| machine::traced())),
];

/// The names of the parts, the last of which is all of them together.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
    names.push(TOGETHER);
    names
}

/// Runs the part of this name in `dir`, which is its own and empty.
///
/// `marks` is called where the library begins, and where it has ended.
pub fn run(name: &str, dir: &Path, marks: impl Fn()) {
    let place = Rc::new(Place::new(dir));
    if name == LOW_NUMBERS {
        // SAFETY: nobody in this process has it in use.
        drop(unsafe { OwnedFd::from_raw_fd(0) });
    }
    let before = left::Before::look();
    let mut said = Vec::new();
    marks();
    if name == TOGETHER {
        said.push((name, caught(|| together(&place, &mut Vec::new()))));
        // What each has said comes first, as `together` has kept it.
        let each = place.take_lines();
        marks();
        each.iter().for_each(|line| println!("{line}"));
    } else {
        let (_, part) = PARTS
            .iter()
            .find(|(part, _)| *part == name)
            .expect("a part");
        said.push((name, caught(|| alone(*part, &place))));
        marks();
    }
    for (name, said) in said {
        println!("{}", line(name, said));
    }
    if name == TRACED {
        let text = std::fs::read_to_string(place.path("run.json")).unwrap_or_default();
        println!("the trace: whole: {}", text.trim_end().ends_with('}'));
    }
    for broken in place.broken_promises() {
        println!("broken: {broken}");
    }
    println!("{}", before.left());
}

fn alone(part: Part, place: &Rc<Place>) -> Said {
    match part {
        Whole(part) => part(place.clone()),
        On(part) => {
            let runtime = Runtime::new()?;
            let part = part(place.clone());
            // A task, so that it is one of many for the loop.
            let said = runtime.block_on(async { left::spawn(part).await });
            said.map_err(io::Error::from)?
        }
    }
}

fn together(
    place: &Rc<Place>,
    tasks: &mut Vec<(&'static str, buzzer::task::JoinHandle<Said>)>,
) -> Said {
    let runtime = Builder::new_current_thread().build()?;
    runtime.block_on(async {
        for (name, part) in PARTS {
            if let On(part) = part {
                tasks.push((name, left::spawn(part(place.clone()))));
            }
        }
        for (name, task) in tasks.drain(..) {
            let said = match task.await {
                Ok(said) => Ok(said),
                Err(error) if error.is_panic() => Err(error.into_panic()),
                Err(error) => Ok(Err(error.into())),
            };
            place.keep_line(line(name, said));
        }
    });
    drop(runtime);
    Ok("all were asked".to_owned())
}

fn caught(part: impl FnOnce() -> Said) -> Result<Said, Box<dyn Any + Send>> {
    std::panic::catch_unwind(AssertUnwindSafe(part))
}

fn line(name: &str, said: Result<Said, Box<dyn Any + Send>>) -> String {
    let said = match said {
        Ok(Ok(said)) => said,
        Ok(Err(error)) => format!("error: {error}"),
        Err(panic) => {
            let message = panic.downcast_ref::<String>().map(String::as_str);
            let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
            let message = message.unwrap_or("of another kind");
            format!("panic: {}", message.lines().next().unwrap_or_default())
        }
    };
    format!("{name}: {said}")
}
