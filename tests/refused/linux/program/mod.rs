//! A program of many parts. Each says in one line what it has come to, so that a run in
//! a sandbox can be held against one without.

mod children;
pub mod ends;
mod files;
mod machine;
mod signals;
mod sockets;
mod watched;

use std::any::Any;
use std::io;
use std::panic::AssertUnwindSafe;
use std::path::Path;

use buzzer::runtime::Runtime;
use futures::FutureExt;

/// What a part comes to.
type Said = io::Result<String>;

/// Tells errors of what the program does by itself from the runtime's.
fn own(what: &str) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("own {what}: {error}"))
}

/// Runs the whole program in `dir`, which is its own and empty.
pub fn run(dir: &Path) {
    part_without("one runtime", || on_one_runtime(dir));
    part_without("second runtime", machine::second_runtime);
    part_without("turns", machine::turns);
    part_without("dump", watched::dump_on_signal);
    part_without("watchdog", watched::watchdog);
    part_without("testing", watched::testing);
}

fn on_one_runtime(dir: &Path) -> Said {
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        part("sleeps", machine::sleeps()).await;
        part("timeouts", machine::timeouts()).await;
        part("wakes from threads", machine::wakes_from_threads()).await;
        part("blocking jobs", machine::blocking_jobs()).await;
        part("whole files", files::whole(dir)).await;
        part("file parts", files::parts(dir)).await;
        part("uncached file", files::uncached(dir)).await;
        part("paths", files::paths(dir)).await;
        part("directories", files::directories(dir)).await;
        part("copies", files::copies(dir)).await;
        part("TCP", sockets::tcp()).await;
        part("many connections", sockets::many_connections()).await;
        part("UDP", sockets::udp()).await;
        part("Unix streams", sockets::unix_streams(dir)).await;
        part("Unix datagrams", sockets::unix_datagrams(dir)).await;
        part("adopted pipe", sockets::adopted_pipe()).await;
        part("status", children::status()).await;
        part("output", children::output()).await;
        part("pipes both ways", children::pipes_both_ways()).await;
        part("kill", children::kill()).await;
        part("dropped child", children::dropped()).await;
        part("missing program", children::missing()).await;
        part("signals", signals::in_order()).await;
        part("Ctrl-C", signals::ctrl_c()).await;
        part("standard streams", machine::standard_streams()).await;
        part("ended by exit", ends::by_exit(dir)).await;
        part("ended by SIGTERM", ends::by_signal(dir)).await;
    });
    Ok("made, run and dropped".to_owned())
}

/// What a child of the program's own does, and never returns from: see [`ends`].
pub fn run_to_an_end(how: &str) -> ! {
    ends::run(how)
}

async fn part(name: &str, part: impl Future<Output = Said>) {
    say(name, AssertUnwindSafe(part).catch_unwind().await);
}

fn part_without(name: &str, part: impl FnOnce() -> Said) {
    say(name, std::panic::catch_unwind(AssertUnwindSafe(part)));
}

fn say(name: &str, said: Result<Said, Box<dyn Any + Send>>) {
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
    println!("{name}: {said}");
}
