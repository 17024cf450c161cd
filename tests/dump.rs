//! The dump: each kind of wait, each state, who awaits whom, and the text.

#[path = "support/asleep.rs"]
mod asleep;
#[path = "support/child.rs"]
mod child;
#[path = "support/on_drop.rs"]
mod on_drop;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/says.rs"]
mod says;
#[path = "support/settle.rs"]
mod settle;
#[path = "support/system.rs"]
mod system;

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::io::Write;
use std::os::fd::AsRawFd;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::pin::{Pin, pin};
#[cfg(target_os = "linux")]
use std::process::Stdio;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use buzzer::fs::{self, File};
use buzzer::io::{AsyncFd, AsyncReadExt as _};
use buzzer::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream as AsyncUnixStream};
#[cfg(target_os = "linux")]
use buzzer::process::Command;
use buzzer::runtime::{Builder, FileIo, Runtime};
use buzzer::signal::unix::{SignalKind, signal};
use buzzer::task::{self, Id, JoinHandle, spawn_blocking, yield_now};
use buzzer::time::sleep;
use buzzer::trace::{Direction, Dump, JobState, TaskState, WaitFor, dump};
use buzzer::{gather, race, scope, spawn};
use on_drop::OnDrop;
use paused::paused;
use says::{says, says_and_then, until_told};
use settle::settle;

const SECOND: Duration = Duration::from_secs(1);
const NS: Duration = Duration::from_nanos(1);

/// The text, without lines and columns of this file.
fn told(dump: &Dump) -> String {
    let text = dump.to_string();
    let mut parts = text.split(concat!(file!(), ":"));
    let mut told = parts.next().unwrap().to_owned();
    for part in parts {
        let (_line, rest) = part.split_once(':').unwrap();
        let column = rest.find(|c: char| !c.is_ascii_digit()).unwrap();
        told += &format!("here{}", &rest[column..]);
    }
    told
}

/// What the task waits for itself.
fn waits(dump: &Dump, id: Id) -> Vec<WaitFor> {
    let waits = dump.task(id).unwrap().waits().iter();
    waits
        .map(|wait| {
            assert_eq!(wait.child, None);
            wait.on.clone()
        })
        .collect()
}

fn state(dump: &Dump, id: Id) -> TaskState {
    dump.task(id).unwrap().state()
}

/// By position of the child.
fn child_waits(dump: &Dump, id: Id) -> Vec<(Option<usize>, WaitFor)> {
    let waits = dump.task(id).unwrap().waits().iter();
    waits.map(|wait| (wait.child, wait.on.clone())).collect()
}

fn is_deadline(on: &WaitFor, when: Duration) -> bool {
    matches!(on, WaitFor::Deadline { at: Some(at), .. } if *at == when)
}

/// Two tasks that await each other's handles.
fn circle() -> [Id; 2] {
    type Place = Rc<RefCell<Option<JoinHandle<()>>>>;
    let [first, second] = [(); 2].map(|()| Place::default());
    let awaits = |place: &Place| {
        let place = place.clone();
        async move {
            let other = place.borrow_mut().take().unwrap();
            other.await.unwrap();
        }
    };
    let a = spawn(awaits(&second));
    let b = spawn(awaits(&first));
    let ids = [a.id(), b.id()];
    first.replace(Some(a));
    second.replace(Some(b));
    ids
}

#[test]
fn a_deadline_and_one_that_never_comes() {
    paused().block_on(async {
        let sleeps = spawn(sleep(2 * SECOND));
        let forever = spawn(sleep(Duration::MAX));
        settle().await;
        let dump = dump();
        assert_eq!(dump.now(), NS);
        let [on] = &waits(&dump, sleeps.id())[..] else {
            panic!("{dump}")
        };
        assert!(is_deadline(on, 2 * SECOND), "{on:?}");
        assert!(matches!(
            waits(&dump, forever.id())[..],
            [WaitFor::Deadline { at: None, .. }]
        ));
        assert_eq!(state(&dump, sleeps.id()), TaskState::Waiting);
    });
}

#[test]
fn a_deadline_that_was_moved_is_told_once_and_where_it_is_now() {
    paused().block_on(async {
        // The moved one leaves its old place behind, which is not the first.
        let _first = spawn(sleep(SECOND / 2));
        let moved = spawn(async {
            let mut sleep = pin!(sleep(SECOND));
            poll_fn(|cx| {
                let _pending = sleep.as_mut().poll(cx);
                Poll::Ready(())
            })
            .await;
            let later = sleep.deadline() + SECOND;
            sleep.as_mut().reset(later);
            sleep.await;
        });
        settle().await;
        let dump = dump();
        let waits = waits(&dump, moved.id());
        assert_eq!(waits.len(), 1, "{dump}");
        assert!(is_deadline(&waits[0], 2 * SECOND), "{dump}");
    });
}

#[test]
fn a_source_to_read_and_one_to_write() {
    paused().block_on(async {
        let (here, _there) = UnixStream::pair().unwrap();
        let (mut full, _reader) = UnixStream::pair().unwrap();
        for socket in [&here, &full] {
            socket.set_nonblocking(true).unwrap();
        }
        while full.write(&[0; 4096]).is_ok() {}
        let fds = [here.as_raw_fd(), full.as_raw_fd()];
        let reads = spawn(async {
            let here = AsyncFd::new(here).unwrap();
            let _ready = here.readable().await.unwrap();
        });
        let writes = spawn(async {
            let full = AsyncFd::new(full).unwrap();
            let _ready = full.writable().await.unwrap();
        });
        settle().await;
        let dump = dump();
        for (task, on_fd, towards) in [
            (&reads, fds[0], Direction::Read),
            (&writes, fds[1], Direction::Write),
        ] {
            let [WaitFor::Source { fd, direction, .. }] = waits(&dump, task.id())[..] else {
                panic!("{dump}")
            };
            assert_eq!((fd, direction), (on_fd, towards));
        }
    });
}

/// What the only thing is, and whether it was made in this file, that the task waits for.
fn source(dump: &Dump, task: &JoinHandle<()>) -> (String, bool) {
    let [WaitFor::Source { source, fd, .. }] = waits(dump, task.id())[..] else {
        panic!("{dump}")
    };
    let source = dump.source(source).unwrap();
    assert_eq!(source.fd(), fd);
    let is_here = source.made_at().map(|at| at.file() == file!());
    assert_ne!(is_here, Some(false), "{dump}");
    (source.what().to_owned(), is_here.is_some())
}

fn keeps_waits() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.dump_waits(true).build().unwrap()
}

#[test]
fn a_socket_is_told_by_what_it_is_and_between_whom() {
    keeps_waits().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let on = listener.local_addr().unwrap();
        let client = TcpStream::connect(on).await.unwrap();
        let (server, from) = listener.accept().await.unwrap();
        let adopted = TcpListener::from_std(std::net::TcpListener::bind("[::1]:0").unwrap());
        let adopted = adopted.unwrap();
        let on_six = adopted.local_addr().unwrap();
        let [udp, tied] = [
            UdpSocket::bind("127.0.0.1:0").await.unwrap(),
            UdpSocket::bind("127.0.0.1:0").await.unwrap(),
        ];
        let (on_udp, on_tied) = (udp.local_addr().unwrap(), tied.local_addr().unwrap());
        tied.connect(on_udp).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("counter");
        let unix = UnixListener::bind(&path).unwrap();
        let near = AsyncUnixStream::connect(&path).await.unwrap();
        let (far, _) = unix.accept().await.unwrap();
        let (left, _right) = AsyncUnixStream::pair().unwrap();
        #[cfg(target_os = "linux")]
        let (name, address) = {
            let name = format!("buzzer-{}", std::process::id());
            let address = SocketAddr::from_abstract_name(&name).unwrap();
            (format!("@{name}"), address)
        };
        #[cfg(not(target_os = "linux"))]
        let (name, address) = {
            let path = dir.path().join("datagrams");
            let address = SocketAddr::from_pathname(&path).unwrap();
            (path.display().to_string(), address)
        };
        let nameless = AsyncFd::new({
            let socket = std::os::unix::net::UnixDatagram::bind_addr(&address).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        });
        let nameless = nameless.unwrap();
        let path = path.display();
        let (mut client, mut server, mut near, mut far, mut left) =
            (client, server, near, far, left);
        let expected = [
            (format!("the TCP listener {on}"), false),
            (format!("the TCP connection {from} to {on}"), false),
            (format!("the TCP connection {on} to {from}"), false),
            (format!("the TCP listener {on_six}"), true),
            (format!("the UDP socket {on_udp}"), false),
            (format!("the UDP socket {on_tied} to {on_udp}"), false),
            (format!("the Unix listener {path}"), true),
            (format!("the Unix connection to {path}"), false),
            (format!("the Unix connection {path}"), false),
            ("a Unix connection without a name".to_owned(), true),
            (format!("the Unix socket {name}"), true),
        ];
        type Wait = Pin<Box<dyn Future<Output = ()>>>;
        fn wait<T>(future: impl Future<Output = T> + 'static) -> Wait {
            Box::pin(async { drop(future.await) })
        }
        let tasks = [
            wait(async move { listener.accept().await.map(drop) }),
            wait(async move { client.read(&mut [0; 1]).await }),
            wait(async move { server.read(&mut [0; 1]).await }),
            wait(async move { adopted.accept().await.map(drop) }),
            wait(async move { udp.recv(&mut [0; 1]).await }),
            wait(async move { tied.recv(&mut [0; 1]).await }),
            wait(async move { unix.accept().await.map(drop) }),
            wait(async move { near.read(&mut [0; 1]).await }),
            wait(async move { far.read(&mut [0; 1]).await }),
            wait(async move { left.read(&mut [0; 1]).await }),
            wait(async move {
                nameless
                    .readable()
                    .await
                    .map(|mut ready| ready.retain_ready())
            }),
        ];
        let tasks = tasks.map(spawn);
        settle().await;
        let dump = dump();
        let seen: Vec<_> = tasks.iter().map(|task| source(&dump, task)).collect();
        assert_eq!(seen, expected);
        let text = told(&dump);
        let line = format!("└─ the TCP listener {on} (descriptor ");
        assert!(text.contains(&line), "{text}");
        let made = text
            .lines()
            .find(|line| line.contains(&*on_six.to_string()));
        assert!(
            made.unwrap()
                .ends_with(", made at here) to become readable"),
            "{text}"
        );
        assert!(!text.contains("source "), "{text}");
    });
}

#[test]
fn a_connection_that_nobody_accepts_is_told_by_where_it_goes() {
    keeps_waits().block_on(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let to = listener.local_addr().unwrap();
        // Room for one; the others are not answered.
        rustix::net::listen(&listener, 0).unwrap();
        let tasks: Vec<_> = (0..8)
            .map(|_| spawn(async move { drop(TcpStream::connect(to).await) }))
            .collect();
        settle().await;
        let dump = dump();
        let waiting = tasks.iter().filter(|task| dump.task(task.id()).is_some());
        let mut connecting = 0;
        for task in waiting.filter(|task| state(&dump, task.id()) == TaskState::Waiting) {
            let (what, _) = source(&dump, task);
            assert!(what.starts_with("the TCP socket 127.0.0.1:"), "{what}");
            // It may have been accepted between the look and the list.
            connecting += usize::from(match system::TELLS_OF_DESCRIPTORS {
                true => what.ends_with(&format!(", which connects to {to}")),
                false => what.ends_with(", which is not connected"),
            });
        }
        assert!(connecting > 0, "{dump}");
    });
}

#[test]
#[cfg(target_os = "linux")] // Elsewhere nobody tells what a descriptor is.
fn a_child_a_signal_a_pipe_and_what_a_program_has_registered_are_told_by_what_they_are() {
    keeps_waits().block_on(async {
        let mut cat = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, mut stdout) = (cat.stdin.take(), cat.stdout.take().unwrap());
        let pid = cat.id().unwrap();
        let mut listener = signal(SignalKind::hangup()).unwrap();
        let flags = rustix::event::EventfdFlags::NONBLOCK;
        let event = AsyncFd::new(rustix::event::eventfd(0, flags).unwrap()).unwrap();
        let tasks = [
            spawn(async move { drop(cat.wait().await) }),
            spawn(async move { drop(stdout.read(&mut [0; 1]).await) }),
            spawn(async move { listener.recv().await.unwrap() }),
            spawn(async move { drop(event.readable().await.map(|mut ready| ready.clear_ready())) }),
        ];
        settle().await;
        let dump = dump();
        let seen: Vec<_> = tasks.iter().map(|task| source(&dump, task)).collect();
        let expected = [
            (format!("the child process {pid}"), false),
            ("a pipe".to_owned(), true),
            ("the signal SIGHUP".to_owned(), true),
            (system::EVENTFD.to_owned(), true),
        ];
        assert_eq!(seen, expected);
        drop(stdin);
        let [child, ..] = tasks;
        child.await.unwrap();
    });
}

#[test]
fn jobs_that_run_are_queued_and_stand_in_line() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .max_blocking_queue(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (gate, opens) = mpsc::channel::<()>();
        let (begins, begun) = async_channel::bounded(1);
        let running = spawn_blocking(move || {
            begins.send_blocking(()).unwrap();
            let _ = opens.recv();
        });
        begun.recv().await.unwrap();
        let jobs = [running, spawn_blocking(|| ()), spawn_blocking(|| ())];
        let ids = [0, 1, 2].map(|index: usize| jobs[index].id());
        let tasks = jobs.map(|job| spawn(async { job.await.unwrap() }));
        yield_now().await;
        let before = dump();
        let seen = [0, 1, 2].map(|index: usize| match waits(&before, tasks[index].id())[..] {
            [
                WaitFor::Job {
                    job,
                    spawned_at,
                    state,
                },
            ] => {
                assert_eq!(spawned_at.file(), file!());
                assert_eq!(job, ids[index]);
                state
            }
            _ => panic!("{before}"),
        });
        assert!(matches!(
            seen,
            [JobState::Running(_), JobState::Queued, JobState::InLine]
        ));
        gate.send(()).unwrap();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(dump().tasks().len(), 1, "only main is left");
    });
}

#[test]
fn a_file_operation_is_named_with_its_path_and_a_job_that_nobody_awaits_is_there_too() {
    type Operation = Pin<Box<dyn Future<Output = ()>>>;
    fn operation<T>(future: impl Future<Output = T> + 'static) -> Operation {
        Box::pin(async { drop(future.await) })
    }
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .file_io(FileIo::Pool)
        .build()
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = |name| dir.path().join(name);
    std::fs::write(path("menu"), "mocha").unwrap();
    runtime.block_on(async {
        let files = [File::open(path("menu")).await.unwrap(), {
            File::from_std(tempfile::tempfile().unwrap())
        }];
        let [mut read, mut elsewhere] = files;
        let write = File::create(path("orders")).await.unwrap();
        let (gate, opens) = mpsc::channel::<()>();
        let (begins, begun) = async_channel::bounded(1);
        // Nobody awaits it, and it holds the only thread.
        let alone = spawn_blocking(move || {
            begins.send_blocking(()).unwrap();
            let _ = opens.recv();
        });
        let alone_is = alone.id();
        drop(alone);
        begun.recv().await.unwrap();
        let (menu, copy, folder) = (path("menu"), path("copy"), dir.path().to_owned());
        let [from, to, renamed] = [menu.clone(), copy.clone(), path("renamed")];
        let operations = [
            operation(fs::read(menu.clone())),
            operation(fs::read_to_string(menu.clone())),
            operation(fs::write(copy.clone(), "x")),
            operation(fs::metadata(menu.clone())),
            operation(File::open(menu.clone())),
            operation(fs::copy(from, to)),
            operation(fs::rename(copy.clone(), renamed)),
            operation(fs::read_dir(folder)),
            operation(fs::create_dir(path("dir"))),
            operation(async move { read.read(&mut [0; 9]).await }),
            operation(async move { write.set_len(7).await }),
            operation(async move { elsewhere.write(b"x").await }),
        ];
        let tasks: Vec<_> = operations.into_iter().map(spawn).collect();
        settle().await;
        let dump = dump();
        let text = told(&dump);
        let (on, dir) = (
            |name| path(name).display().to_string(),
            dir.path().display(),
        );
        let works: Vec<_> = dump.jobs().filter_map(|job| job.work()).collect();
        let expected = [
            format!("read {}", on("menu")),
            format!("read {}", on("menu")),
            format!("write {}", on("copy")),
            format!("metadata of {}", on("menu")),
            format!("open {}", on("menu")),
            format!("copy {} -> {}", on("menu"), on("copy")),
            format!("rename {} -> {}", on("copy"), on("renamed")),
            format!("read directory {dir}"),
            format!("create directory {}", on("dir")),
            format!("read {}", on("menu")),
            format!("set length of {}", on("orders")),
            "write a file that was opened elsewhere".to_owned(),
        ];
        assert_eq!(works, expected);
        let reads = format!("({}), queued for a worker", expected[0]);
        assert!(text.contains(&reads), "{text}");
        let seen = dump.job(alone_is).unwrap();
        assert!(!seen.is_awaited() && seen.work().is_none());
        assert!(dump.jobs().filter(|job| job.is_awaited()).count() == 12);
        let ends = format!(
            "\n\nblocking jobs that nobody waits for:\n- job {alone_is} (here), running on worker 0"
        );
        assert!(text.ends_with(&ends), "{text}");
        drop(gate);
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn the_handle_of_a_task_and_of_one_spawned_through_a_shared_handle() {
    let runtime = paused();
    let handle = runtime.handle().clone();
    runtime.block_on(async {
        let inner = spawn(pending::<()>());
        let shared = std::thread::spawn(move || handle.spawn(pending::<()>()));
        let shared = shared.join().unwrap();
        let ids = [inner.id(), shared.id()];
        let outer = [inner, shared].map(|handle| spawn(async { handle.await.unwrap() }));
        settle().await;
        let dump = dump();
        for (outer, inner) in outer.iter().zip(ids) {
            assert_eq!(waits(&dump, outer.id()), [WaitFor::Task(inner)]);
            assert_eq!(waits(&dump, inner), [WaitFor::Outside]);
        }
    });
}

#[test]
fn what_is_outside_the_runtime() {
    paused().block_on(async {
        let (_sender, receiver) = async_channel::bounded::<()>(1);
        let (_promise, promised) = futures::channel::oneshot::channel::<()>();
        let channel = spawn(async move { receiver.recv().await });
        let oneshot = spawn(promised);
        settle().await;
        let dump = dump();
        assert_eq!(waits(&dump, channel.id()), [WaitFor::Outside]);
        assert_eq!(waits(&dump, oneshot.id()), [WaitFor::Outside]);
    });
}

#[test]
fn each_child_of_a_gather_by_the_position_in_the_outermost() {
    paused().block_on(async {
        let task = spawn(async {
            gather!(
                pending::<()>(),
                async {
                    gather([sleep(2 * SECOND), sleep(3 * SECOND)]).await;
                },
                sleep(SECOND)
            )
            .await
        });
        settle().await;
        let dump = dump();
        let waits = child_waits(&dump, task.id());
        assert_eq!(waits.len(), 4, "{dump}");
        assert_eq!(waits[0], (Some(0), WaitFor::Outside));
        for (index, (child, after)) in [(1, 2), (1, 3), (2, 1)].into_iter().enumerate() {
            let (position, on) = &waits[index + 1];
            assert_eq!(*position, Some(child), "{dump}");
            assert!(is_deadline(on, after * SECOND), "{dump}");
        }
    });
}

#[test]
fn the_children_of_a_race() {
    paused().block_on(async {
        let task = spawn(async { race!(sleep(SECOND), pending::<()>()).await });
        settle().await;
        let dump = dump();
        let waits = child_waits(&dump, task.id());
        let [(Some(0), timer), (Some(1), WaitFor::Outside)] = &waits[..] else {
            panic!("{dump}")
        };
        assert!(is_deadline(timer, SECOND));
    });
}

#[test]
fn a_child_that_has_ended_waits_for_nothing_nor_do_children_just_woken() {
    paused().block_on(async {
        let (sender, receiver) = async_channel::bounded(1);
        let task = spawn(async move {
            gather!(
                async {},
                async move { receiver.recv().await.unwrap() },
                sleep(SECOND)
            )
            .await
        });
        settle().await;
        sender.try_send(()).unwrap();
        let dump = dump();
        // Its gather was woken, and tells no more who it belongs to.
        assert_eq!(state(&dump, task.id()), TaskState::Queued);
        assert_eq!(child_waits(&dump, task.id()), []);
        settle().await;
        let dump = buzzer::trace::dump();
        let waits = child_waits(&dump, task.id());
        assert!(matches!(waits[..], [(Some(2), _)]), "{dump}");
    });
}

#[test]
fn the_children_of_a_scope_and_a_scoped_handle() {
    paused().block_on(async {
        let task = spawn(scope(async |s| {
            let child = s.spawn(sleep(SECOND));
            s.spawn(pending::<()>());
            child.await.unwrap();
        }));
        settle().await;
        let dump = dump();
        let waits = child_waits(&dump, task.id());
        // The scope's own code is a child too, the first. Its handles are its own.
        let [
            (Some(0), WaitFor::Outside),
            (Some(1), timer),
            (Some(2), WaitFor::Outside),
        ] = &waits[..]
        else {
            panic!("{dump}")
        };
        assert!(is_deadline(timer, SECOND), "{dump}");
    });
}

#[test]
fn a_task_that_has_ended_and_one_that_is_aborted() {
    paused().block_on(async {
        let ended = spawn(async { 7 });
        let aborted = spawn(pending::<()>());
        settle().await;
        aborted.abort();
        let dump = dump();
        assert_eq!(state(&dump, ended.id()), TaskState::Ended);
        assert!(!dump.task(ended.id()).unwrap().is_aborted());
        assert!(dump.task(aborted.id()).unwrap().is_aborted());
        assert_eq!(state(&dump, aborted.id()), TaskState::Queued);
        assert!(waits(&dump, aborted.id()).is_empty(), "{dump}");
        assert_eq!(ended.await.unwrap(), 7);
    });
}

#[test]
fn the_task_that_asks_is_being_polled() {
    paused().block_on(async {
        let task = task::Builder::new().name("asks").spawn(async { dump() });
        let task = task.unwrap();
        let id = task.id();
        let dump = task.await.unwrap();
        let asks = dump.task(id).unwrap();
        assert_eq!(asks.state(), TaskState::Running);
        assert_eq!(asks.name(), Some("asks"));
        let main = &dump.tasks()[0];
        assert_eq!(main.waits()[0].on, WaitFor::Task(id));
    });
}

#[test]
fn a_drop_may_ask_too() {
    paused().block_on(async {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let asks = OnDrop({
            let seen = seen.clone();
            move || seen.borrow_mut().push(dump())
        });
        let cancelled = spawn(async move {
            let _asks = asks;
            pending::<()>().await;
        });
        let id = cancelled.id();
        settle().await;
        cancelled.abort();
        let _ = cancelled.await;
        let seen = seen.borrow();
        assert_eq!(seen.len(), 1);
        assert_eq!(state(&seen[0], id), TaskState::Running, "{}", seen[0]);
        assert_eq!(seen[0].tasks().len(), 2, "{}", seen[0]);
    });
}

#[test]
fn wakers_of_other_libraries_are_told_apart() {
    paused().block_on(async {
        let mut set = futures::stream::FuturesUnordered::new();
        set.push(sleep(SECOND));
        let task = spawn(async move {
            use futures::StreamExt;
            set.next().await
        });
        settle().await;
        let dump = dump();
        assert_eq!(waits(&dump, task.id()), [WaitFor::Outside]);
        let [on] = dump.by_foreign_wakers() else {
            panic!("{dump}")
        };
        let WaitFor::Deadline { timer, at } = *on else {
            panic!("{dump}")
        };
        assert_eq!(at, Some(SECOND));
        let told = format!(
            "\n\nwaited for through wakers of other libraries:\n\
             - timer {timer}, due at 1.000 s (in 999.999 ms){OUTSIDE}"
        );
        assert!(dump.to_string().ends_with(&told), "{dump}");
    });
}

#[test]
fn a_task_of_another_runtime_is_not_taken_for_one_of_this() {
    let [this, other] = [paused(), paused()];
    let job = other.spawn(pending::<()>());
    let also = this.spawn(pending::<()>());
    this.turn(Some(Duration::ZERO)).unwrap();
    let waits_there = this.spawn(async { job.await.unwrap() });
    this.turn(Some(Duration::ZERO)).unwrap();
    other.turn(Some(Duration::ZERO)).unwrap();
    let (here, there) = (this.dump(), other.dump());
    assert_eq!(waits(&here, waits_there.id()), [WaitFor::Outside]);
    assert_eq!(waits(&here, also.id()), [WaitFor::Outside]);
    for task in there.tasks() {
        assert_eq!(waits(&there, task.id()), [WaitFor::Outside], "{there}");
    }
}

#[test]
fn between_two_block_ons_main_is_not_there() {
    let runtime = paused();
    let task = runtime.spawn(async { sleep(SECOND).await });
    runtime.block_on(yield_now());
    let dump = runtime.dump();
    let ids: Vec<_> = dump.tasks().iter().map(|task| task.id()).collect();
    assert_eq!(ids, [task.id()]);
    assert!(is_deadline(&waits(&dump, task.id())[0], SECOND));
    runtime.block_on(task).unwrap();
    assert!(runtime.dump().tasks().is_empty());
    assert_eq!(
        runtime.dump().to_string(),
        "0 tasks, 1.000 s after the runtime was made"
    );
}

#[test]
fn a_runtime_with_all_of_it_to_the_letter() {
    // Where no other test's runtime has counted before.
    child::in_a_child(|| {
        let text = all_of_it();
        assert_eq!(text, format!("{ALL_OF_IT}{OUTSIDE}"));
    });
}

fn all_of_it() -> String {
    paused().block_on(async {
        let named = |name| task::Builder::new().name(name);
        let sleeper = named("sleeper").spawn(sleep(2 * SECOND)).unwrap();
        let reader = named("reader").spawn(async {
            sleeper.await.unwrap();
        });
        let both = spawn(async {
            gather!(async { reader.unwrap().await.unwrap() }, pending::<()>()).await;
        });
        circle();
        let _ended = spawn(async {});
        settle().await;
        let text = told(&dump());
        drop(both);
        text
    })
}

/// Once at the end, if somebody waits for such a thing.
const OUTSIDE: &str = "

What is outside the runtime is to wake the task by the waker of its latest poll. Whether
anybody has that still can't be seen from here. Look at the future that the task awaits:
one made by hand (by `poll_fn`, say) has to keep a waker for each task that waits, and to
wake it when there is something new. BUZZER_TRACE=story tells of each poll and each wake.";

const ALL_OF_IT: &str = "\
7 tasks, 1 ns after the runtime was made
(how long each has waited is not known: `Builder::dump_waits` has it kept)

#0 (block_on at here): is being polled

#3 (here): waits for
├─ child 0: #2 'reader' (here): waits for
│  └─ #1 'sleeper' (here): waits for
│     └─ timer 2, due at 2.000 s (in 1.999 s)
└─ child 1: something outside the runtime: a future made by hand, another crate's channel or lock, a scope's handle, another executor

#6 (here): has ended; nobody has taken its output

#4 (here): waits for
└─ #5 (here): waits for
   └─ #4, which is above: they wait in a circle";

#[test]
fn how_often_each_was_polled_and_how_long_it_has_waited_to_the_letter() {
    child::in_a_child(|| {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.dump_waits(true).start_paused(true).build().unwrap();
        let text = runtime.block_on(async {
            let (sender, receiver) = async_channel::bounded::<()>(1);
            let waits = spawn(async move {
                for _ in 0..2 {
                    let _ = receiver.recv().await;
                }
                pending::<()>().await;
            });
            // Its slot is the next one's, whose polls are counted anew.
            spawn(yield_now()).await.unwrap();
            let sleeps = spawn(sleep(5 * SECOND));
            let _ended = spawn(async {});
            let aborted = spawn(pending::<()>());
            sleep(SECOND).await;
            sender.send(()).await.unwrap();
            sleep(SECOND).await;
            drop(sender);
            sleep(SECOND).await;
            aborted.abort();
            let _new = spawn(async {});
            let dump = dump();
            let polled = |id| {
                let task = dump.task(id).unwrap();
                (task.polls(), task.waited())
            };
            assert_eq!(polled(waits.id()), (Some(3), Some(SECOND)));
            assert_eq!(polled(sleeps.id()), (Some(1), Some(3 * SECOND)));
            assert_eq!(polled(aborted.id()), (Some(1), Some(3 * SECOND)));
            assert_eq!(dump.tasks()[0].waited(), None);
            told(&dump)
        });
        assert_eq!(text, format!("{HOW_OFTEN}{OUTSIDE}"));
    });
}

const HOW_OFTEN: &str = "\
6 tasks, 3.000 s after the runtime was made

#0 (block_on at here), polled 5 times: is being polled

#1 (here), polled 3 times: has waited 1.000 s for
└─ something outside the runtime: a future made by hand, another crate's channel or lock, a scope's handle, another executor

#3 (here), polled once: has waited 3.000 s for
└─ timer 2, due at 5.000 s (in 2.000 s)

#4 (here), polled once, 3.000 s ago: has ended; nobody has taken its output

#5 (here), polled once, 3.000 s ago: in the run queue, aborted

#6 (here), never polled, spawned 0 s ago: in the run queue";

#[test]
fn what_was_not_kept_is_not_told() {
    paused().block_on(async {
        let task = spawn(pending::<()>());
        settle().await;
        let dump = dump();
        let task = dump.task(task.id()).unwrap();
        assert_eq!((task.polls(), task.waited()), (None, None));
    });
}

#[test]
fn a_crowd_is_counted_and_the_circle_in_it_is_told() {
    paused().block_on(async {
        let _crowd: Vec<_> = (0..5_000).map(|_| spawn(sleep(SECOND))).collect();
        circle();
        settle().await;
        let text = told(&dump());
        assert!(text.lines().count() < 300, "{text}");
        assert!(text.contains("they wait in a circle"), "{text}");
        assert!(
            text.ends_with("\n\nand 4,940 more:\n- 4,940 of here: wait for a deadline"),
            "{text}"
        );
    });
}

#[test]
fn a_task_that_awaits_a_crowd_is_told_in_few_lines() {
    paused().block_on(async {
        let crowd: Vec<_> = (0..5_000).map(|_| spawn(sleep(SECOND))).collect();
        let _all = spawn(gather(crowd));
        settle().await;
        let text = told(&dump());
        assert!(text.lines().count() < 300, "{text}");
        assert!(text.contains("└─ and 4,9"), "{text}");
        assert!(text.contains(" of here: wait for a deadline"), "{text}");
    });
}

#[test]
fn a_long_chain_is_cut_and_the_rest_counted() {
    paused().block_on(async {
        let mut last = spawn(pending::<()>());
        for _ in 0..20_000 {
            let next = last;
            last = spawn(async { next.await.unwrap() });
        }
        settle().await;
        let text = told(&dump());
        assert!(text.lines().count() < 300, "{text}");
        assert!(text.contains("of here: wait for a task"), "{text}");
    });
}

/// Runs `body` in a process of its own, and gives what it says on stderr; `None` in that
/// process.
fn asked_by_signal(variable: Option<&str>, body: impl FnOnce()) -> Option<String> {
    let Some(mut again) = child::again() else {
        body();
        return None;
    };
    again.env_remove("BUZZER_TRACE").env_remove("BUZZER_DUMP");
    if let Some(value) = variable {
        again.env("BUZZER_DUMP", value);
    }
    let output = again.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    Some(stderr)
}

/// The handler has run when it returns.
fn raise() {
    // SAFETY: raise takes an integer and touches no memory of ours.
    assert_eq!(unsafe { libc::raise(libc::SIGUSR1) }, 0);
}

async fn several_turns() {
    for _ in 0..1_000 {
        yield_now().await;
    }
}

#[test]
fn the_signal_is_answered_by_a_loop_that_sleeps() {
    let Some(stderr) = asked_by_signal(Some("USR1"), || {
        let runtime = Runtime::new().unwrap();
        let (sender, receiver) = async_channel::bounded::<()>(1);
        let this = asleep::ThisThread::new();
        let asks = std::thread::spawn(move || {
            for _ in 0..2 {
                this.wait_until_asleep();
                raise();
            }
            // It sleeps again when it has answered.
            this.wait_until_asleep();
            drop(sender);
        });
        runtime.block_on(async { receiver.recv().await.unwrap_err() });
        asks.join().unwrap();
    }) else {
        return;
    };
    assert_eq!(stderr.matches("buzzer: 1 task, ").count(), 2, "{stderr}");
    assert!(
        stderr.contains("#0 (block_on at tests/dump.rs:"),
        "{stderr}"
    );
    assert!(stderr.contains("└─ something outside"), "{stderr}");
}

#[test]
fn the_signal_is_answered_by_a_loop_that_is_busy() {
    let Some(stderr) = asked_by_signal(None, || {
        let runtime = Builder::new_current_thread()
            .dump_on_signal(SignalKind::user_defined1())
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let busy = task::Builder::new().name("busy").spawn(several_turns());
            raise();
            busy.unwrap().await.unwrap();
        });
    }) else {
        return;
    };
    assert_eq!(stderr.matches("2 tasks, 0 s after").count(), 1, "{stderr}");
    assert!(stderr.contains("└─ #1 'busy' (tests/dump.rs:"), "{stderr}");
    assert!(stderr.ends_with(": in the run queue\n"), "{stderr}");
}

#[test]
fn a_signal_from_before_a_runtime_was_made_asks_it_nothing_and_two_runtimes_answer_one() {
    let Some(stderr) = asked_by_signal(Some("USR1"), || {
        let [first, second] = [(); 2].map(|()| Runtime::new().unwrap());
        raise();
        first.block_on(several_turns());
        second.block_on(several_turns());
        first.block_on(several_turns());
        Runtime::new().unwrap().block_on(several_turns());
    }) else {
        return;
    };
    assert_eq!(stderr.matches("buzzer: 1 task, ").count(), 2, "{stderr}");
}

#[test]
fn a_signal_that_the_program_listens_to_as_well_reaches_both() {
    let Some(stderr) = asked_by_signal(Some("USR1"), || {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let mut listener = signal(SignalKind::user_defined1()).unwrap();
            raise();
            listener.recv().await.unwrap();
        });
    }) else {
        return;
    };
    assert_eq!(stderr.matches("buzzer: 1 task, ").count(), 1, "{stderr}");
}

#[test]
fn a_value_that_is_no_signal_is_named_and_the_program_runs() {
    let Some(stderr) = asked_by_signal(Some("KILL"), || {
        assert_eq!(Runtime::new().unwrap().block_on(async { 7 }), 7);
        assert_eq!(Runtime::new().unwrap().block_on(async { 7 }), 7);
    }) else {
        return;
    };
    assert_eq!(
        stderr,
        "buzzer: BUZZER_DUMP=KILL: no signal that can be caught for this; one of USR1, USR2, \
         QUIT, HUP, INT, TERM, ALRM, WINCH\n"
    );
}

#[test]
fn a_signal_that_cannot_be_caught_is_the_builders_error() {
    let mut builder = Builder::new_current_thread();
    let error = builder
        .dump_on_signal(SignalKind::from_raw(9))
        .build()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("can't catch SIGKILL for dumps: "),
        "{error}"
    );
}

const ASKED: &str = "buzzer: asked what every task waits for: ";

/// A runtime that tells on SIGUSR1, and reports slow polls if there is a limit.
fn told_on_signal(watchdog: Option<Duration>) -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.dump_on_signal(SignalKind::user_defined1());
    if let Some(limit) = watchdog {
        builder.watchdog(limit);
    }
    builder.build().unwrap()
}

/// Asks from within a poll, and holds the loop until that was answered.
fn ask_and_hold() {
    raise();
    until_told();
}

#[test]
fn a_signal_during_a_poll_that_holds_the_loop_is_answered_with_who_does_and_then_by_the_loop() {
    let who = format!("{ASKED}#1 'barista' (tests/dump.rs:");
    let who = (&*who, "when that poll has ended");
    says_and_then(&[who], &[("buzzer: 1 task, ", "")], || {
        told_on_signal(None).block_on(async {
            let barista = task::Builder::new().name("barista");
            let barista = barista.spawn(async { ask_and_hold() }).unwrap();
            barista.await.unwrap();
            several_turns().await;
        });
    });
}

#[test]
fn the_same_of_block_ons_future_beside_a_watchdog_that_has_long_found_the_poll() {
    let who = format!("{ASKED}#0 (block_on at tests/dump.rs:");
    let slow = "buzzer: watchdog: #0 (block_on at ";
    says_and_then(
        &[(slow, ""), (&who, "")],
        &[("buzzer: 1 task, ", "")],
        || {
            let (reported, is_reported) = mpsc::channel();
            let runtime = Builder::new_current_thread()
                .dump_on_signal(SignalKind::user_defined1())
                .watchdog(Duration::from_millis(5))
                .on_slow_poll(move |slow| {
                    eprintln!("buzzer: {slow}");
                    let _ = reported.send(());
                })
                .build()
                .unwrap();
            runtime.block_on(async {
                is_reported.recv().unwrap();
                ask_and_hold();
                several_turns().await;
            });
        },
    );
}

#[test]
fn a_signal_to_a_runtime_whose_loop_does_not_run_is_answered_with_that() {
    let no_loop = format!("{ASKED}no loop runs: ");
    says_and_then(&[(&no_loop, "")], &[("buzzer: 1 task, ", "")], || {
        let runtime = told_on_signal(None);
        runtime.block_on(async {});
        ask_and_hold();
        runtime.block_on(several_turns());
    });
}

#[test]
fn a_signal_to_a_runtime_that_is_being_dropped_is_answered_with_what_holds_it_up() {
    struct Asks;
    impl Drop for Asks {
        fn drop(&mut self) {
            ask_and_hold();
        }
    }
    let drops = format!("{ASKED}#1 (tests/dump.rs:");
    says(&[(&drops, "")], || {
        let runtime = told_on_signal(None);
        let asks = Asks;
        drop(runtime.spawn(async move { drop(asks) }));
        drop(runtime);
    });
}

#[test]
fn a_signal_to_a_runtime_that_waits_for_its_jobs_is_answered_with_those() {
    let jobs = format!(
        "{ASKED}the runtime is being dropped, and its tasks are gone: 1 blocking job still \
         running, spawned at tests/dump.rs:"
    );
    says(&[(&jobs, "")], || {
        let runtime = told_on_signal(None);
        let (begins, begun) = mpsc::channel();
        drop(runtime.spawn_blocking(move || {
            begins.send(()).unwrap();
            // Answered once the shutdown waits; asked again until then.
            let asks = std::thread::spawn(until_told);
            while !asks.is_finished() {
                raise();
                std::thread::sleep(Duration::from_millis(200));
            }
        }));
        begun.recv().unwrap();
        drop(runtime);
    });
}

#[test]
fn the_answer_of_a_loop_that_is_well_comes_alone() {
    let Some(stderr) = asked_by_signal(None, || {
        let runtime = told_on_signal(Some(Duration::from_secs(1_000)));
        runtime.block_on(async {
            raise();
            several_turns().await;
        });
    }) else {
        return;
    };
    assert!(!stderr.contains(ASKED), "{stderr}");
    assert_eq!(stderr.matches("buzzer: 1 task, ").count(), 1, "{stderr}");
}

#[test]
fn a_wait_of_a_handle_polled_once_and_left_alone_is_still_told() {
    paused().block_on(async {
        let mut other = spawn(pending::<()>());
        let id = other.id();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut other).poll(&mut cx).is_pending());
        let dump = dump();
        assert_eq!(dump.by_foreign_wakers(), [WaitFor::Task(id)]);
    });
}
