//! Making runtimes, and ending them.

use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::sync::mpsc;

use buzzer::runtime::{Builder, Runtime};
use buzzer::signal::unix::SignalKind;
use buzzer::time::Duration;
use libc::EMFILE;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::child::in_a_child;
use crate::{chain, finds, os, says, system};

#[test]
fn a_builder_that_cannot_build() {
    let named = Builder::new_current_thread()
        .thread_name("two\0parts")
        .build();
    let text = r#"thread_name "two\0parts" contains a NUL byte, which no thread's name can"#;
    finds("named threads", named, text, ErrorKind::InvalidInput);
    let kill = SignalKind::from_raw(libc::SIGKILL);
    let dumps = Builder::new_current_thread().dump_on_signal(kill).build();
    let text = "can't catch SIGKILL for dumps: the system has no handlers for it";
    finds("dumped on SIGKILL", dumps, text, ErrorKind::InvalidInput);
}

#[test]
fn a_process_without_descriptors() {
    in_a_child(|| {
        let before = getrlimit(Resource::Nofile);
        for (left, name) in (0..).zip(system::DESCRIPTORS_OF_A_RUNTIME) {
            // What is open stays; so many more may be opened.
            let next = File::open("/dev/null").unwrap().as_raw_fd() as u64;
            let current = Some(next + left);
            let maximum = before.maximum;
            setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
            let runtime = Runtime::new();
            setrlimit(Resource::Nofile, before).unwrap();
            let text = format!("a runtime could not make {name}");
            says("made a runtime", runtime, text, os(EMFILE));
        }
    });
}

#[test]
fn a_shutdown_that_a_job_holds_up() {
    let runtime = Runtime::new().unwrap();
    let (go, held) = mpsc::channel::<()>();
    let (begin, begun) = mpsc::channel();
    let line = line!() + 1;
    drop(runtime.spawn_blocking(move || {
        begin.send(()).unwrap();
        held.recv().is_ok()
    }));
    begun.recv().unwrap();
    let error = runtime.shutdown_timeout(Duration::ZERO).unwrap_err();
    let place = format!("{}:{line}:18", file!());
    assert_eq!(
        chain(&error),
        format!("1 blocking job still running 0ns after the shutdown began, spawned at {place}")
    );
    drop(go);
}
