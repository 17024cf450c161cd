//! The main job: the document's synchronous and asynchronous program, one after
//! the other, on real files. Their lines appear as they come; then both runs
//! are drawn as timelines, and the seven differences are put into figures.
//!
//!     cargo run --example side_by_side
//!     cargo run --example side_by_side -- Cargo.toml README.md
//!
//! Where to read on: sync_run.rs and async_run.rs are the two programs, to be
//! read side by side; stage.rs logs what they do into a record.rs, which
//! timeline.rs draws and table.rs puts into figures, with those of costs.rs.
//!
//! Next: coffee_shop, the same difference with a barista for a thread.

mod async_run;
mod costs;
mod page;
mod record;
mod stage;
mod sync_run;
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
        Request::Help => io::stdout().write_all(USAGE.as_bytes()).map(|()| true),
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
        // `| head` has read enough, and knows it.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(error);
            ExitCode::FAILURE
        }
    }
}

/// Says whether all files were read.
fn run(paused: bool, files: Vec<PathBuf>) -> io::Result<bool> {
    let given = files.len();
    let mut dummies = Vec::new();
    let (sync_files, async_files) = if files.is_empty() {
        for (name, content) in DUMMIES {
            dummies.push(Dummy::make(name, content)?);
        }
        let [sync, asynch] = DUMMIES.map(|(name, _)| vec![PathBuf::from(name)]);
        (sync, asynch)
    } else {
        // Named before anything runs: nobody waits seconds for a typing error.
        let readable: Vec<_> = files.into_iter().filter(|path| can_be_read(path)).collect();
        if readable.is_empty() {
            return Ok(false);
        }
        (readable.clone(), readable)
    };
    let all_there = given == 0 || given == sync_files.len();

    let page = Page::new();
    if paused {
        page.line("Paused clock: the delays are jumped over, the times below are what they")?;
        page.line("would be without anything else to do. The costs in the end are real.")?;
    }
    page.heading("SYNCHRONOUS: the lines of the program, as they come")?;
    let sync = sync_run::run(page, &sync_files, paused)?;
    page.heading("ASYNCHRONOUS: the lines of the program, as they come")?;
    let asynch = async_run::run(page, &async_files, paused)?;
    let costs = costs::measure()?;

    let scale = timeline::Scale::for_total(sync.total.max(asynch.total));
    page.heading("TIMELINES: who ran, who waited, where the thread was blocked")?;
    timeline::draw_legend(page, scale)?;
    timeline::draw(page, "Synchronous", &sync, scale)?;
    timeline::draw(page, "Asynchronous", &asynch, scale)?;
    draw_totals(page, &sync, &asynch)?;
    table::draw(page, &sync, &asynch, &costs)?;

    let read = |record: &Record| record.lanes.iter().all(|lane| !lane.failed);
    Ok(all_there && read(&sync) && read(&asynch))
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

/// Whether there is a file to read at `path`; if not, says why.
fn can_be_read(path: &Path) -> bool {
    // Asked before it is opened: to open a pipe may take until somebody writes.
    let checked = fs::metadata(path).and_then(|metadata| {
        if metadata.is_dir() {
            Err(io::Error::from(ErrorKind::IsADirectory))
        } else if !metadata.is_file() {
            Err(io::Error::other(
                "neither a file nor a directory, so it can't be read twice",
            ))
        } else {
            File::open(path).map(drop)
        }
    });
    if let Err(error) = &checked {
        complain(format_args!("{}: {error}", show_path(path)));
    }
    checked.is_ok()
}
