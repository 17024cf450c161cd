//! Two loops on one thread. A window draws 60 frames a second in a loop of its
//! own, and in between it drives the runtime, whose tasks read a socket and a
//! file and sleep. Then the mistake: the same window waits for them in `block_on`.
//!
//!     cargo run --example gui_loop
//!     cargo run --example gui_loop -- 3000     (milliseconds that the tasks take)
//!
//! A window system has such a loop, and so has a game. It waits for the runtime's
//! descriptor as it does for its own events, here in poll(2), and makes a turn
//! when it is readable. The descriptor tells of everything: of tasks to run, of
//! sockets, timers, and what other threads have sent.
//!
//! Next: executor/src/machine/turn/mod.rs, what such a turn is made of.

mod common;

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};
use std::{env, thread};

use buzzer::fs::File;
use buzzer::io::AsyncReadExt;
use buzzer::net::TcpStream;
use buzzer::runtime::Runtime;
use buzzer::task::JoinHandle;
use buzzer::time::{interval, sleep};
use buzzer::try_gather;
use common::{ended, usage};
use tempfile::NamedTempFile;

const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 60);
/// In how many steps each of the three tasks is done.
const STEPS: usize = 12;

/// Written by the tasks and shown by the window. They share a thread, so it needs
/// no lock.
#[derive(Default)]
struct Progress {
    socket: Cell<usize>,
    file: Cell<usize>,
    timer: Cell<usize>,
}

fn advance(steps: &Cell<usize>) {
    steps.set(steps.get() + 1);
}

/// Three things at once, none of which knows of a window.
async fn work(job: Rc<Job>, progress: Rc<Progress>) -> io::Result<()> {
    let Progress {
        socket,
        file,
        timer,
    } = &*progress;
    try_gather!(
        read_socket(job.sender, socket),
        read_file(job.file.path(), job.step, file),
        sleep_often(job.step, timer),
    )
    .await?;
    Ok(())
}

async fn read_socket(sender: SocketAddr, steps: &Cell<usize>) -> io::Result<()> {
    let mut stream = TcpStream::connect(sender).await?;
    let mut part = [0; PART.len()];
    for _ in 0..STEPS {
        stream.read_exact(&mut part).await?;
        advance(steps);
    }
    Ok(())
}

async fn read_file(path: &Path, step: Duration, steps: &Cell<usize>) -> io::Result<()> {
    let mut lines = File::open(path).await?.lines();
    while lines.next_line().await?.is_some() {
        sleep(step).await; // Or the file would be over before a frame is drawn.
        advance(steps);
    }
    Ok(())
}

async fn sleep_often(step: Duration, steps: &Cell<usize>) -> io::Result<()> {
    let mut interval = interval(step);
    interval.tick().await; // The first comes at once.
    for _ in 0..STEPS {
        interval.tick().await;
        advance(steps);
    }
    Ok(())
}

/// The window. Its screen is one line of text.
struct Window {
    out: io::Stdout,
    progress: Rc<Progress>,
    next: Instant,
    drawn: Vec<Instant>,
}

impl Window {
    fn open(progress: Rc<Progress>) -> io::Result<Self> {
        let mut window = Self {
            out: io::stdout(),
            progress,
            next: Instant::now(),
            drawn: Vec::new(),
        };
        window.draw()?;
        Ok(window)
    }

    fn until_the_next_frame(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    fn draw_if_due(&mut self) -> io::Result<()> {
        match self.until_the_next_frame() {
            Duration::ZERO => self.draw(),
            _ => Ok(()),
        }
    }

    /// Draws a frame over the one before; where there is no terminal that could show
    /// it, a frame is only made.
    fn draw(&mut self) -> io::Result<()> {
        let now = Instant::now();
        self.drawn.push(now);
        self.next += FRAME;
        if self.next <= now {
            self.next = now + FRAME; // Frames that were missed are not made up for.
        }
        let frame = self.frame();
        match self.out.is_terminal() {
            true => write!(self.out, "\r{frame}").and_then(|()| self.out.flush()),
            false => Ok(()),
        }
    }

    /// Leaves the last frame on the screen.
    fn close(mut self) -> io::Result<Vec<Instant>> {
        self.draw()?;
        let frame = self.frame();
        match self.out.is_terminal() {
            true => writeln!(self.out)?,
            false => writeln!(self.out, "{frame}")?,
        }
        Ok(self.drawn)
    }

    fn frame(&self) -> String {
        let bar = |steps: &Cell<usize>| format!("[{:-<STEPS$}]", "#".repeat(steps.get()));
        format!(
            "   frame {:<4}  socket {}  file {}  timer {}",
            self.drawn.len(),
            bar(&self.progress.socket),
            bar(&self.progress.file),
            bar(&self.progress.timer)
        )
    }
}

/// The window's own loop: it sleeps until there is a frame to draw or a turn to make.
fn turn_between_frames(
    runtime: &Runtime,
    window: &mut Window,
    work: JoinHandle<io::Result<()>>,
) -> io::Result<()> {
    while !work.is_finished() {
        if wait_until_readable(runtime, window.until_the_next_frame())? {
            runtime.turn(Some(Duration::ZERO))?; // Without sleeping in it.
        }
        window.draw_if_due()?;
    }
    runtime.block_on(work)? // It has ended, so there is nothing to wait for.
}

/// The mistake. The tasks run just as well, but there is nobody who draws.
fn block_the_window(
    runtime: &Runtime,
    _window: &mut Window,
    work: JoinHandle<io::Result<()>>,
) -> io::Result<()> {
    runtime.block_on(work)?
}

/// Whether a turn has something to do, waiting for that no longer than `timeout`.
#[cfg(not(mio_unsupported_force_poll_poll))]
fn wait_until_readable(runtime: &Runtime, timeout: Duration) -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use std::os::fd::{AsRawFd, BorrowedFd};

    // SAFETY: The runtime keeps its descriptor open for as long as it lives, and it
    // is borrowed until this function returns.
    let descriptor = unsafe { BorrowedFd::borrow_raw(runtime.as_raw_fd()) };
    let mut polled = [PollFd::new(&descriptor, PollFlags::IN)];
    let timeout = Timespec::try_from(timeout).map_err(io::Error::other)?;
    match poll(&mut polled, Some(&timeout)) {
        Ok(readable) => Ok(readable > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Where the runtime has no descriptor, a window could only look from time to time.
#[cfg(mio_unsupported_force_poll_poll)]
fn wait_until_readable(_runtime: &Runtime, timeout: Duration) -> io::Result<bool> {
    thread::sleep(timeout.min(Duration::from_millis(1)));
    Ok(true)
}

/// What the tasks read, and in steps of what length.
struct Job {
    step: Duration,
    sender: SocketAddr,
    file: NamedTempFile,
}

const PART: &[u8] = b"a part of something large";

impl Job {
    fn prepare(time: Duration) -> io::Result<Self> {
        let step = time / STEPS as u32;
        let mut file = NamedTempFile::new()?;
        for line in 1..=STEPS {
            writeln!(file, "line {line}")?;
        }
        Ok(Self {
            step,
            sender: start_sender(step)?,
            file,
        })
    }
}

/// A server far away, which sends a part at every step.
fn start_sender(step: Duration) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let send = move || -> io::Result<()> {
        loop {
            let (mut stream, _) = listener.accept()?;
            for _ in 0..STEPS {
                thread::sleep(step);
                stream.write_all(PART)?;
            }
        }
    };
    // Its error has a reader: the task, whose connection then ends too early.
    thread::Builder::new().spawn(send)?;
    Ok(address)
}

/// Keeps a window open for as long as the tasks take.
type Wait = fn(&Runtime, &mut Window, JoinHandle<io::Result<()>>) -> io::Result<()>;

fn show(out: &mut impl Write, time: Duration) -> io::Result<()> {
    writeln!(
        out,
        "Tasks that take {} ms, in a window of 60 frames a second.",
        time.as_millis()
    )?;
    writeln!(
        out,
        "Each | is a frame; a gap is time in which the window was frozen."
    )?;
    let runtime = Runtime::new()?;
    let job = Rc::new(Job::prepare(time)?);
    let ways: [(&str, Wait); 2] = [
        (
            "1. The window's loop makes turns: poll(..), then Runtime::turn",
            turn_between_frames,
        ),
        (
            "2. The window waits in Runtime::block_on, and for nothing else",
            block_the_window,
        ),
    ];
    for (title, wait) in ways {
        writeln!(out, "\n{title}")?;
        let progress = Rc::<Progress>::default();
        let mut window = Window::open(Rc::clone(&progress))?;
        let work = runtime.spawn(work(Rc::clone(&job), progress));
        wait(&runtime, &mut window, work)?;
        let drawn = window.close()?;

        let gaps = drawn.windows(2).map(|pair| pair[1] - pair[0]);
        writeln!(out, "   {}", picture(&drawn))?;
        writeln!(
            out,
            "   frames while they ran: {}; the longest time from one to the next: {:.1} ms",
            drawn.len() - 2, // Without the first and the last.
            gaps.max().unwrap_or_default().as_secs_f64() * 1e3
        )?;
    }
    Ok(())
}

/// A bar for each frame, the whole run stretched over the line's width.
fn picture(drawn: &[Instant]) -> String {
    const WIDTH: usize = 75;
    let since = |frame: &Instant| (*frame - drawn[0]).as_secs_f64();
    let whole = drawn.last().map_or(0.0, since).max(f64::MIN_POSITIVE);
    let mut picture = [b' '; WIDTH];
    for frame in drawn {
        picture[(since(frame) / whole * (WIDTH - 1) as f64).round() as usize] = b'|';
    }
    String::from_utf8_lossy(&picture).into_owned()
}

fn main() -> ExitCode {
    let time = match env::args_os().nth(1) {
        None => Some(500),
        Some(argument) => argument.to_str().and_then(|text| text.parse().ok()),
    };
    let Some(time @ 1..) = time else {
        return usage("[MILLISECONDS]     (1 or more)");
    };
    ended(show(&mut io::stdout(), Duration::from_millis(time)))
}
