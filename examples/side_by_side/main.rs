//! The main job: the document's synchronous and asynchronous program, one after
//! the other, on real files. Their lines appear as they come; then both runs
//! are drawn as timelines, and the seven differences are put into figures.
//!
//!     cargo run --example side_by_side
//!     cargo run --example side_by_side -- Cargo.toml README.md
//!
//! Where to read on: sync_run.rs and async_run.rs are the two programs, to be
//! read side by side; stage.rs logs what they do into a record.rs, which
//! timeline.rs draws and table.rs puts into figures, with those of costs.rs. system.rs
//! asks the system.
//!
//! Next: coffee_shop, the same difference with a barista for a thread.

mod async_run;
mod costs;
mod page;
mod record;
mod stage;
mod sync_run;
mod system;
mod table;
mod timeline;

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use page::{Page, complain, time};
use record::Record;
use stage::show_path;

/// The document's delays: that of a slow disk, and that of the other work.
const FILE_TAKES: Duration = Duration::from_secs(2);
const OTHER_WORK_TAKES: Duration = Duration::from_secs(1);
/// "Read only first 10 bytes for demo", says the document. Bytes here too, and
/// not characters: then any file will do. See `page::printable`.
const SHOWN_BYTES: u64 = 10;

const USAGE: &str = "\
usage: side_by_side [--paused] [FILE...]

Reads each FILE, once blocking and once not, and does some other work besides.
Without a FILE it makes two small files in the current directory, reads those,
and takes away again what it has made.

  --paused   don't wait: let a paused clock jump over the delays
  --help     print this
  --         what follows is a FILE, whatever it looks like

Exit status: 0 all was read; 1 something could not be read, written or started;
2 the command line is wrong. NO_COLOR=1 turns colours off.
";

/// What the command line asks for.
enum Request {
    Help,
    Run { paused: bool, files: Vec<PathBuf> },
    Unknown { flag: OsString },
}

fn parse(arguments: impl Iterator<Item = OsString>) -> Request {
    let (mut paused, mut files, mut only_files) = (false, Vec::new(), false);
    for argument in arguments {
        let is_flag = !only_files && argument.as_encoded_bytes().starts_with(b"-");
        match argument.to_str() {
            _ if !is_flag => files.push(argument.into()),
            Some("--") => only_files = true,
            Some("--paused") => paused = true,
            Some("--help" | "-h") => return Request::Help,
            _ => return Request::Unknown { flag: argument },
        }
    }
    Request::Run { paused, files }
}

fn main() -> ExitCode {
    let result = match parse(env::args_os().skip(1)) {
        Request::Help => print_usage(),
        Request::Run { paused, files } => run(paused, files),
        Request::Unknown { flag } => {
            let flag = show_path(Path::new(&flag));
            complain(format_args!("no such flag: {flag}\n\n{USAGE}"));
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(error);
            ExitCode::FAILURE
        }
    }
}

fn print_usage() -> io::Result<bool> {
    unless_nobody_reads(Page::new().line(USAGE.trim_end()).map(|()| true))
}

/// Says whether all files were read.
fn run(paused: bool, files: Vec<PathBuf>) -> io::Result<bool> {
    let mut dummies = Vec::new();
    let (given, sync_files, async_files) = if files.is_empty() {
        for (name, content) in DUMMIES {
            dummies.push(Dummy::make(name, content)?);
        }
        let [sync, asynch] = DUMMIES.map(|(name, _)| readable(vec![PathBuf::from(name)]));
        (1, sync, asynch)
    } else {
        let given = files.len();
        let files = readable(files);
        (given, files.clone(), files)
    };
    if sync_files.is_empty() || async_files.is_empty() {
        return Ok(false);
    }
    let all_there = given == sync_files.len();
    let all_read = unless_nobody_reads(show(paused, &sync_files, &async_files))?;
    Ok(all_there && all_read)
}

/// A reader that has gone (`| head`) is no failure: it has read enough.
fn unless_nobody_reads(result: io::Result<bool>) -> io::Result<bool> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(true),
        result => result,
    }
}

/// Runs both programs and shows everything; says whether all files were read.
fn show(paused: bool, sync_files: &[PathBuf], async_files: &[PathBuf]) -> io::Result<bool> {
    let page = Page::new();
    page.line(format_args!(
        "A file takes {}, other work takes {}, and there is one thread.",
        time(FILE_TAKES),
        time(OTHER_WORK_TAKES)
    ))?;
    if paused {
        page.line("The clock is paused: delays are jumped over, and nothing else takes time.")?;
    }
    page.heading("SYNCHRONOUS: the lines of the program, as they come")?;
    let sync = sync_run::run(page, sync_files, paused)?;
    page.heading("ASYNCHRONOUS: the lines of the program, as they come")?;
    let asynch = async_run::run(page, async_files, paused)?;
    let costs = costs::measure()?;

    let scale = timeline::Scale::for_total(sync.total.max(asynch.total));
    page.heading("TIMELINES: who ran, who waited, where the thread was blocked")?;
    timeline::draw_legend(page, scale)?;
    timeline::draw(page, "Synchronous", &sync, scale)?;
    timeline::draw(page, "Asynchronous", &asynch, scale)?;
    draw_totals(page, &sync, &asynch)?;
    table::draw(page, &sync, &asynch, &costs)?;

    let read = |record: &Record| record.lanes.iter().all(|lane| !lane.failed);
    Ok(read(&sync) && read(&asynch))
}

fn draw_totals(page: Page, sync: &Record, asynch: &Record) -> io::Result<()> {
    let files = u32::try_from(sync.other_work()).unwrap_or(u32::MAX);
    let sum = FILE_TAKES.saturating_mul(files) + OTHER_WORK_TAKES;
    let longest = FILE_TAKES.max(OTHER_WORK_TAKES);
    page.heading("TOTALS")?;
    page.line(format_args!(
        "  synchronous   {:>8}   the delays add up to {}",
        time(sync.total),
        time(sum)
    ))?;
    page.line(format_args!(
        "  asynchronous  {:>8}   the longest of the delays is {}",
        time(asynch.total),
        time(longest)
    ))
}

const DUMMIES: [(&str, &str); 2] = [
    ("dummy_sync.txt", "Hello Synchronous World!"),
    ("dummy_async.txt", "Hello Asynchronous World!"),
];

/// A dummy file of the document, for as long as this value lives. A file of that
/// name that is there already is read as it is, and neither changed nor removed.
struct Dummy {
    path: &'static str,
    made: bool,
}

impl Dummy {
    fn make(path: &'static str, content: &str) -> io::Result<Dummy> {
        let named = |error: io::Error| {
            let advice = "run this where you may write, or give it a FILE";
            let text = format!("can't make the file {path} here: {error}\n({advice})");
            io::Error::new(error.kind(), text)
        };
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        match file {
            Ok(mut file) => {
                // First the guard: what is half written is removed as well.
                let dummy = Dummy { path, made: true };
                file.write_all(content.as_bytes()).map_err(named)?;
                Ok(dummy)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Ok(Dummy { path, made: false })
            }
            Err(error) => Err(named(error)),
        }
    }
}

impl Drop for Dummy {
    fn drop(&mut self) {
        if self.made
            && let Err(error) = fs::remove_file(self.path)
        {
            complain(format_args!("can't remove {}: {error}", self.path));
        }
    }
}

/// Those of `files` that can be read. The others are named before anything
/// runs: nobody waits seconds to learn of a typing error.
fn readable(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let can_be_read = |path: &PathBuf| match check(path) {
        Ok(()) => true,
        Err(error) => {
            complain(format_args!("{}: {error}", show_path(path)));
            false
        }
    };
    files.into_iter().filter(can_be_read).collect()
}

fn check(path: &Path) -> io::Result<()> {
    // Asked before it is opened: to open a pipe may take until somebody writes.
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        Err(io::Error::from(ErrorKind::IsADirectory))
    } else if !metadata.is_file() {
        let reason = "neither a file nor a directory, so it can't be read twice";
        Err(io::Error::other(reason))
    } else {
        File::open(path).map(drop)
    }
}
