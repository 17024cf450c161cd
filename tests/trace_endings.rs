//! A trace and a ledger of a process that ends before its runtime does: by a signal, by
//! exit, by a panic of `main`, by SIGKILL. Each test runs itself again in a process of
//! its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus, Stdio, abort, exit};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use buzzer::runtime::Runtime;
use buzzer::spawn;
use buzzer::task::yield_now;
use buzzer::time::sleep;
use fifo::make_fifo;
use libc::{SIGABRT, SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM, c_int};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

#[path = "support/child.rs"]
mod child;
#[path = "support/fifo.rs"]
mod fifo;
#[path = "support/threads.rs"]
mod threads;

/// This test in a process of its own, in a directory of its own.
struct Traced {
    child: Child,
    directory: TempDir,
}

/// How it ended.
struct Ended {
    status: ExitStatus,
    stderr: String,
    directory: TempDir,
}

impl Traced {
    /// `None` in that process.
    fn with(variables: &[(&str, &str)]) -> Option<Self> {
        Self::in_directory(tempfile::tempdir().unwrap(), variables)
    }

    fn in_directory(directory: TempDir, variables: &[(&str, &str)]) -> Option<Self> {
        let mut again = child::again()?;
        for name in ["BUZZER_TRACE", "BUZZER_TRACE_EVENTS", "BUZZER_LEDGER"] {
            again.env_remove(name);
        }
        again.envs(variables.iter().copied());
        again.current_dir(&directory).stdin(Stdio::piped());
        again.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = again.spawn().unwrap();
        Some(Self { child, directory })
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.directory.path().join(name)).unwrap_or_default()
    }

    /// Until the process has printed [`READY`].
    fn wait_until_ready(mut self) -> Self {
        let mut lines = BufReader::new(self.child.stdout.as_mut().unwrap()).lines();
        assert!(
            lines.any(|line| line.unwrap().ends_with(READY)),
            "the process has ended"
        );
        self
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    fn end(mut self) -> Ended {
        let mut stderr = String::new();
        let mut from = self.child.stderr.take().unwrap();
        from.read_to_string(&mut stderr).unwrap();
        Ended {
            status: self.child.wait().unwrap(),
            stderr,
            directory: self.directory,
        }
    }
}

impl Ended {
    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.directory.path().join(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // The machine may be set up to leave one of a process that aborts.
        let mut names: Vec<_> = names.filter(|name| !name.starts_with("core")).collect();
        names.sort();
        names
    }
}

const READY: &str = "<ready>";

fn say_ready() {
    println!("{READY}");
}

/// The names of a timeline's events.
fn names_of(timeline: &str) -> Vec<String> {
    let timeline: Value = serde_json::from_str(timeline).unwrap();
    let events = timeline["traceEvents"].as_array().unwrap().iter();
    let names = events.filter_map(|event| event["name"].as_str().map(str::to_owned));
    names.collect()
}

/// A runtime that sleeps for ever, after it has said so.
fn sleeps_for_ever() {
    Runtime::new().unwrap().block_on(async {
        let named = buzzer::task::Builder::new().name("espresso");
        let task = named.spawn(std::future::pending::<()>()).unwrap();
        yield_now().await;
        say_ready();
        task.await.unwrap();
    });
}

#[test]
fn a_signal_with_its_default_action_ends_the_process_when_all_is_written() {
    let variables = [("BUZZER_TRACE", "run.json"), ("BUZZER_LEDGER", "1")];
    let signals = [
        (SIGINT, Signal::INT),
        (SIGTERM, Signal::TERM),
        (SIGHUP, Signal::HUP),
        (SIGQUIT, Signal::QUIT),
    ];
    for (number, signal) in signals {
        let Some(traced) = Traced::with(&variables) else {
            return sleeps_for_ever();
        };
        let traced = traced.wait_until_ready();
        traced.signal(signal);
        let ended = traced.end();
        assert_eq!(ended.status.signal(), Some(number), "{}", ended.stderr);
        let names = names_of(&ended.file("run.json"));
        assert!(
            names.iter().any(|name| name.contains("espresso")),
            "{names:?}"
        );
        assert_eq!(ended.names(), ["run.json"]);
        let (wrote, rest) = ended.stderr.split_once('\n').unwrap();
        assert!(wrote.starts_with("buzzer: wrote "), "{wrote}");
        assert!(wrote.ends_with(" events to run.json"), "{wrote}");
        let open = "buzzer: open run.json in ui.perfetto.dev\nbuzzer: the ledger: ";
        assert!(rest.starts_with(open), "{rest}");
        assert!(rest.contains("'espresso'"), "{rest}");
    }
}

#[test]
fn a_page_is_whole_after_a_signal() {
    let Some(traced) = Traced::with(&[("BUZZER_TRACE", "run.html")]) else {
        return sleeps_for_ever();
    };
    let traced = traced.wait_until_ready();
    traced.signal(Signal::TERM);
    let ended = traced.end();
    assert_eq!(ended.status.signal(), Some(SIGTERM));
    let page = ended.file("run.html");
    assert!(page.starts_with("<!doctype html>"), "{page}");
    assert!(page.trim_end().ends_with("</html>"), "{page}");
    let open = "\nbuzzer: open run.html in a browser\n";
    assert!(ended.stderr.ends_with(open), "{}", ended.stderr);
}

#[test]
fn a_poll_that_never_comes_back_is_in_what_a_signal_leaves() {
    let variables = [("BUZZER_TRACE", "run.json"), ("BUZZER_LEDGER", "1")];
    let Some(traced) = Traced::with(&variables) else {
        Runtime::new().unwrap().block_on(async {
            let named = buzzer::task::Builder::new().name("hangs");
            let hangs = named.spawn(async {
                say_ready();
                // Until the process ends.
                thread::park();
                thread::sleep(Duration::from_secs(3600));
            });
            hangs.unwrap().await.unwrap();
        });
        return;
    };
    let traced = traced.wait_until_ready();
    traced.signal(Signal::INT);
    let ended = traced.end();
    assert_eq!(ended.status.signal(), Some(SIGINT));
    let timeline: Value = serde_json::from_str(&ended.file("run.json")).unwrap();
    let last_poll = timeline["traceEvents"].as_array().unwrap().iter().rev();
    let mut of_it = last_poll.filter(|event| event.to_string().contains("hangs"));
    assert!(of_it.next().is_some(), "{timeline}");
    assert!(ended.stderr.contains("'hangs'"), "{}", ended.stderr);
}

#[test]
fn several_runtimes_are_all_written() {
    let variables = [("BUZZER_TRACE", "run.json"), ("BUZZER_LEDGER", "1")];
    let Some(traced) = Traced::with(&variables) else {
        let _idle = Runtime::new().unwrap();
        let (to_us, from_it) = mpsc::channel();
        thread::spawn(move || {
            Runtime::new().unwrap().block_on(async {
                to_us.send(()).unwrap();
                std::future::pending::<()>().await;
            });
        });
        from_it.recv().unwrap();
        return sleeps_for_ever();
    };
    let traced = traced.wait_until_ready();
    traced.signal(Signal::INT);
    let ended = traced.end();
    assert_eq!(ended.status.signal(), Some(SIGINT));
    assert_eq!(ended.names(), ["run-2.json", "run-3.json", "run.json"]);
    for name in ended.names() {
        names_of(&ended.file(&name));
    }
    let ledgers = ended
        .stderr
        .matches("buzzer: the ledger of runtime ")
        .count();
    assert_eq!(ledgers, 3, "{}", ended.stderr);
}

static HEARD: AtomicUsize = AtomicUsize::new(0);

extern "C" fn hears(_: c_int) {
    HEARD.fetch_add(1, SeqCst);
}

/// The action of SIGINT, and another if one is given.
fn action_of_sigint(new: Option<usize>) -> usize {
    // SAFETY: a sigaction is integers and pointers, for which zero is valid; both are
    // borrowed past the call; what is set is a handler that adds to an atomic, or a
    // constant.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = new.unwrap_or_default();
        let set = match new {
            Some(_) => &raw const action,
            None => std::ptr::null(),
        };
        assert_eq!(libc::sigaction(SIGINT, set, &raw mut old), 0);
        old.sa_sigaction
    }
}

/// The handler has run when it returns.
fn raise(signal: c_int) {
    // SAFETY: raise takes an integer and touches no memory of ours.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
}

#[test]
fn a_handler_of_the_programs_own_is_left_alone_be_it_from_before_or_after() {
    let variables = [("BUZZER_TRACE", "run.json"), ("BUZZER_LEDGER", "1")];
    let Some(traced) = Traced::with(&variables) else {
        action_of_sigint(Some(hears as *const () as usize));
        let runtime = Runtime::new().unwrap();
        assert_eq!(action_of_sigint(None), hears as *const () as usize);
        raise(SIGINT);
        assert_eq!(HEARD.load(SeqCst), 1);
        // SIGTERM's comes after.
        // SAFETY: the handler adds to an atomic.
        unsafe { libc::signal(SIGTERM, hears as *const () as usize) };
        raise(SIGTERM);
        assert_eq!(HEARD.load(SeqCst), 2);
        runtime.block_on(sleep(Duration::from_millis(1)));
        return;
    };
    let ended = traced.end();
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("buzzer: wrote ").count(), 1);
}

#[test]
fn a_listener_of_the_programs_own_gets_the_signal_and_the_process_lives() {
    use buzzer::signal::unix::{SignalKind, signal};
    let variables = [("BUZZER_TRACE", "run.json"), ("BUZZER_LEDGER", "1")];
    let Some(traced) = Traced::with(&variables) else {
        buzzer::block_on(async {
            let mut interrupts = signal(SignalKind::interrupt()).unwrap();
            let mut terms = signal(SignalKind::terminate()).unwrap();
            say_ready();
            interrupts.recv().await.unwrap();
            raise(SIGTERM);
            terms.recv().await.unwrap();
        });
        return;
    };
    let traced = traced.wait_until_ready();
    traced.signal(Signal::INT);
    let ended = traced.end();
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    // The runtime has come to its end, and the listener's drop is in it.
    names_of(&ended.file("run.json"));
}

static FOUND: AtomicUsize = AtomicUsize::new(0);

/// A handler that calls the one that it has found, as several crates' do.
extern "C" fn hears_and_calls_on(signal: c_int) {
    HEARD.fetch_add(1, SeqCst);
    let found = FOUND.load(SeqCst);
    if ![libc::SIG_DFL, libc::SIG_IGN].contains(&found) {
        // SAFETY: it was installed without SA_SIGINFO, or looks at nothing.
        let found: extern "C" fn(c_int) = unsafe { std::mem::transmute(found) };
        found(signal);
    }
}

#[test]
fn a_handler_that_calls_the_one_it_has_found_does_not_end_the_process() {
    let Some(traced) = Traced::with(&[("BUZZER_TRACE", "run.json")]) else {
        let runtime = Runtime::new().unwrap();
        let found = action_of_sigint(Some(hears_and_calls_on as *const () as usize));
        FOUND.store(found, SeqCst);
        for _ in 0..3 {
            raise(SIGINT);
        }
        runtime.block_on(sleep(Duration::from_millis(1)));
        assert_eq!(HEARD.load(SeqCst), 3);
        return;
    };
    let ended = traced.end();
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let Some(traced) = Traced::with(&[("BUZZER_TRACE", "run.json")]) else {
        action_of_sigint(Some(libc::SIG_IGN));
        let runtime = Runtime::new().unwrap();
        assert_eq!(action_of_sigint(None), libc::SIG_IGN);
        raise(SIGINT);
        runtime.block_on(yield_now());
        return;
    };
    assert_eq!(traced.end().status.code(), Some(0));
}

#[test]
fn a_signal_that_a_thread_waits_for_comes_to_it() {
    let Some(traced) = Traced::with(&[("BUZZER_TRACE", "run.json")]) else {
        // Without a handler, and blocked everywhere: by sigwait.
        // SAFETY: a signal set is integers, for which zero is valid; all is borrowed
        // past the calls.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigaddset(&raw mut set, SIGTERM);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
            // What the test harness has started before does not have it blocked.
            let runtime = Runtime::new().unwrap();
            libc::pthread_kill(libc::pthread_self(), SIGTERM);
            let mut came = 0;
            assert_eq!(libc::sigwait(&raw const set, &raw mut came), 0);
            assert_eq!(came, SIGTERM);
            runtime.block_on(yield_now());
        }
        return;
    };
    assert_eq!(traced.end().status.code(), Some(0));
}

#[test]
fn without_a_file_or_a_ledger_nothing_is_installed() {
    for variables in [&[][..], &[("BUZZER_TRACE", "story")]] {
        let Some(traced) = Traced::with(variables) else {
            let runtime = Runtime::new().unwrap();
            runtime.block_on(yield_now());
            assert_eq!(action_of_sigint(None), libc::SIG_DFL);
            let names: Vec<_> = threads::all().into_iter().map(|one| one.name).collect();
            assert!(
                !names.iter().any(|name| name.contains("buzzer")),
                "{names:?}"
            );
            return;
        };
        let ended = traced.end();
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    }
}

/// The one event at the end, and the status that `exit` was called with.
fn is_whole_with_status(ended: &Ended, status: i32) {
    assert_eq!(ended.status.code(), Some(status), "{}", ended.stderr);
    names_of(&ended.file("run.json"));
    assert_eq!(
        ended.stderr.matches("buzzer: wrote ").count(),
        1,
        "{}",
        ended.stderr
    );
    assert_eq!(
        ended.stderr.matches("buzzer: the ledger: ").count(),
        1,
        "{}",
        ended.stderr
    );
    assert_eq!(ended.names(), ["run.json"]);
}

const BOTH: [(&str, &str); 2] = [("BUZZER_TRACE", "run.json"), ("BUZZER_LEDGER", "1")];

#[test]
fn all_is_written_when_a_task_calls_exit() {
    let Some(traced) = Traced::with(&BOTH) else {
        buzzer::block_on(async { spawn(async { exit(7) }).await.unwrap() });
        return;
    };
    is_whole_with_status(&traced.end(), 7);
}

#[test]
fn all_is_written_when_another_thread_calls_exit_while_the_loop_sleeps() {
    let Some(traced) = Traced::with(&BOTH) else {
        buzzer::block_on(async {
            let exits = thread::spawn(|| exit(7));
            sleep(Duration::from_secs(3600)).await;
            exits.join().unwrap();
        });
        return;
    };
    is_whole_with_status(&traced.end(), 7);
}

#[test]
fn all_is_written_when_who_calls_exit_holds_the_lock_of_stderr() {
    let Some(traced) = Traced::with(&BOTH) else {
        buzzer::block_on(async {
            let mut stderr = std::io::stderr().lock();
            writeln!(stderr, "no coffee").unwrap();
            exit(7);
        });
        return;
    };
    is_whole_with_status(&traced.end(), 7);
}

#[test]
fn a_runtime_ends_also_while_another_thread_holds_the_lock_of_stderr_and_exits() {
    let Some(traced) = Traced::with(&BOTH) else {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(yield_now());
        let (locked, is_locked) = mpsc::channel();
        let (ended, has_ended) = mpsc::channel();
        let exits = thread::spawn(move || {
            let _stderr = std::io::stderr().lock();
            locked.send(()).unwrap();
            has_ended.recv().unwrap();
            exit(7);
        });
        is_locked.recv().unwrap();
        drop(runtime);
        ended.send(()).unwrap();
        exits.join().unwrap();
        return;
    };
    is_whole_with_status(&traced.end(), 7);
}

#[test]
fn all_is_written_when_main_panics_and_nobody_drops_the_runtime() {
    let Some(traced) = Traced::with(&BOTH) else {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(yield_now());
        std::mem::forget(runtime);
        panic!("on purpose");
    };
    is_whole_with_status(&traced.end(), 101);
}

#[test]
fn all_is_written_once_when_main_panics_and_drops_the_runtime() {
    let Some(traced) = Traced::with(&BOTH) else {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async { panic!("on purpose") });
        return;
    };
    is_whole_with_status(&traced.end(), 101);
}

/// How many events the file has that is there now.
fn events_in(file: &str) -> usize {
    serde_json::from_str::<Value>(file)
        .ok()
        .and_then(|timeline| Some(timeline["traceEvents"].as_array()?.len()))
        .unwrap_or(0)
}

#[test]
fn a_process_that_is_killed_leaves_a_file_that_can_be_opened() {
    let Some(traced) = Traced::with(&[("BUZZER_TRACE", "run.json")]) else {
        // Also when a poll holds the loop.
        Runtime::new().unwrap().block_on(async {
            for _ in 0..10 {
                yield_now().await;
            }
            let named = buzzer::task::Builder::new().name("hangs");
            let hangs = named.spawn(async { thread::sleep(Duration::from_secs(3600)) });
            hangs.unwrap().await.unwrap();
        });
        return;
    };
    // Written without a word, and without an end of anything.
    while !traced.file("run.json").contains("hangs") {
        thread::yield_now();
    }
    traced.signal(Signal::KILL);
    let ended = traced.end();
    assert_eq!(
        (ended.status.signal(), ended.stderr.as_str()),
        (Some(SIGKILL), "")
    );
    assert!(events_in(&ended.file("run.json")) > 10);
}

#[test]
fn what_has_the_name_can_be_opened_and_grows_while_the_program_runs() {
    const ROUNDS: usize = 5;
    let Some(mut traced) = Traced::with(&[("BUZZER_TRACE", "run.json")]) else {
        let runtime = Runtime::new().unwrap();
        for line in std::io::stdin().lines() {
            line.unwrap();
            runtime.block_on(yield_now());
        }
        return;
    };
    let mut stdin = traced.child.stdin.take().unwrap();
    let mut before = 0;
    for _ in 0..ROUNDS {
        stdin.write_all(b"\n").unwrap();
        loop {
            // Until the first there is none.
            let file = traced.file("run.json");
            if !file.is_empty() && names_of(&file).len() > before + 5 {
                before = names_of(&file).len();
                break;
            }
            thread::yield_now();
        }
    }
    drop(stdin);
    let ended = traced.end();
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert_eq!(ended.names(), ["run.json"]);
}

#[test]
fn all_is_written_when_a_process_aborts() {
    let Some(traced) = Traced::with(&BOTH) else {
        buzzer::block_on(async {
            yield_now().await;
            abort();
        });
        return;
    };
    let ended = traced.end();
    assert_eq!(ended.status.signal(), Some(SIGABRT));
    names_of(&ended.file("run.json"));
    assert!(
        ended.stderr.contains("buzzer: the ledger: "),
        "{}",
        ended.stderr
    );
}

/// As any panic where panics don't unwind.
#[test]
fn all_is_written_when_a_panic_meets_another() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("on purpose, too");
        }
    }
    let Some(traced) = Traced::with(&BOTH) else {
        buzzer::block_on(async {
            let _panics = Panics;
            panic!("on purpose");
        });
        return;
    };
    let ended = traced.end();
    assert_eq!(ended.status.signal(), Some(SIGABRT));
    names_of(&ended.file("run.json"));
    assert!(
        ended.stderr.contains("buzzer: the ledger: "),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_process_that_was_forked_off_writes_nothing_at_its_exit_nor_at_a_signal() {
    let Some(traced) = Traced::with(&BOTH) else {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(yield_now());
        for signal in [None, Some(SIGTERM)] {
            // SAFETY: what the child does is exit, or raise a signal.
            let status = unsafe {
                match libc::fork() {
                    0 => {
                        if let Some(signal) = signal {
                            libc::raise(signal);
                        }
                        libc::exit(3);
                    }
                    child => {
                        let mut status = 0;
                        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
                        ExitStatus::from_raw(status)
                    }
                }
            };
            match signal {
                None => assert_eq!(status.code(), Some(3)),
                signal => assert_eq!(status.signal(), signal),
            }
        }
        runtime.block_on(yield_now());
        return;
    };
    is_whole_with_status(&traced.end(), 0);
}

#[test]
fn a_second_signal_does_not_wait_for_what_takes_too_long() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.html");
    make_fifo(&path);
    let Some(traced) = Traced::in_directory(directory, &[("BUZZER_TRACE", "run.html")]) else {
        return sleeps_for_ever();
    };
    // Nobody reads it, and a page is longer than a pipe. Signals within a second are one.
    let reader = fs::File::open(&path).unwrap();
    let mut traced = traced.wait_until_ready();
    while traced.child.try_wait().unwrap().is_none() {
        traced.signal(Signal::INT);
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(traced.end().status.signal(), Some(SIGINT));
    drop(reader);
}

#[test]
fn a_link_stays_a_link_and_a_file_keeps_its_mode() {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("real.json");
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("run.json");
    if child::again().is_some() {
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
    }
    let Some(traced) = Traced::in_directory(directory, &BOTH) else {
        buzzer::block_on(async { exit(0) });
        return;
    };
    let ended = traced.end();
    is_whole_with_status(&ended, 0);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
}

#[test]
fn what_a_killed_process_has_left_beside_is_replaced_and_no_link_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    let precious = directory.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    symlink(&precious, directory.path().join("run.json.part")).unwrap();
    let Some(traced) = Traced::in_directory(directory, &BOTH) else {
        buzzer::block_on(async { exit(0) });
        return;
    };
    let ended = traced.end();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(ended.names(), ["precious", "run.json"]);
    assert_eq!(ended.file("precious"), "precious");
    names_of(&ended.file("run.json"));
}

#[test]
fn where_nothing_can_be_made_beside_it_the_file_itself_is_written() {
    let directory = tempfile::tempdir().unwrap();
    // A folder of that name is in the way, also of root.
    fs::create_dir(directory.path().join("run.json.part")).unwrap();
    let Some(traced) = Traced::in_directory(directory, &BOTH) else {
        buzzer::block_on(async {
            yield_now().await;
            exit(0);
        });
        return;
    };
    let ended = traced.end();
    assert_eq!(ended.status.code(), Some(0));
    names_of(&ended.file("run.json"));
}

#[test]
fn a_program_that_has_moved_its_directory_finds_the_file_there() {
    let directory = tempfile::tempdir().unwrap();
    let Some(traced) = Traced::in_directory(directory, &[("BUZZER_TRACE", "old/run.json")]) else {
        fs::create_dir("old").unwrap();
        let runtime = Runtime::new().unwrap();
        fs::rename("old", "new").unwrap();
        runtime.block_on(yield_now());
        return;
    };
    let ended = traced.end();
    assert_eq!(ended.names(), ["new"]);
    names_of(&ended.file("new/run.json"));
    let names = fs::read_dir(ended.directory.path().join("new")).unwrap();
    assert_eq!(names.count(), 1);
}
