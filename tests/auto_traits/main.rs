//! The promise: what of tokio's types may cross threads, be moved, or be met again after a
//! panic, may so here, but for what `differences.rs` lists with its reason.
//!
//! Each type is asked for the same five traits here and there: with parts that have them
//! all, and with parts that lack some.

mod differences;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::Ready;
use std::marker::PhantomPinned;
use std::net::TcpStream as StdStream;
use std::rc::Rc;

use differences::{LESS, MORE};

/// As a type's traits are asked for below.
const TRAITS: [&str; 5] = ["Send", "Sync", "Unpin", "UnwindSafe", "RefUnwindSafe"];

/// Whether a type has the trait: then the constant of its own stands before that of
/// `Lacks`.
macro_rules! has {
    ($type:ty, $trait:path) => {{
        #[allow(dead_code)]
        struct Asked<T: ?Sized>(T);
        #[allow(dead_code)]
        trait Lacks {
            const HAS: bool = false;
        }
        impl<T: ?Sized> Lacks for Asked<T> {}
        #[allow(dead_code)]
        impl<T: ?Sized + $trait> Asked<T> {
            const HAS: bool = true;
        }
        <Asked<$type>>::HAS
    }};
}

macro_rules! all_five {
    ($type:ty) => {
        [
            has!($type, Send),
            has!($type, Sync),
            has!($type, Unpin),
            has!($type, std::panic::UnwindSafe),
            has!($type, std::panic::RefUnwindSafe),
        ]
    };
}

/// Each type's name, and its traits here and there.
macro_rules! in_both {
    ($($type:ty,)*) => {
        [$((
            stringify!($type).replace("'static, ", "").replace("<'static>", ""),
            {
                use buzzer::*;
                all_five!($type)
            },
            {
                use tokio::*;
                all_five!($type)
            },
        )),*]
    };
}

/// Each has all five but for one or two: `Sync`, `Send` as well, `Unpin`.
type Pinned = PhantomPinned;
type Slice = &'static [u8];

fn types() -> Vec<(String, [bool; 5], [bool; 5])> {
    let of_files_and_io = in_both![
        fs::DirBuilder,
        fs::DirEntry,
        fs::File,
        fs::FileTimes,
        fs::OpenOptions,
        fs::ReadDir,
        io::BufReader<Slice>,
        io::BufReader<Rc<u8>>,
        io::BufStream<Slice>,
        io::BufWriter<Vec<u8>>,
        io::BufWriter<Cell<u8>>,
        io::Chain<Slice, Slice>,
        io::Chain<Rc<u8>, Slice>,
        io::DuplexStream,
        io::Empty,
        io::Interest,
        io::Join<Slice, Vec<u8>>,
        io::Lines<Slice>,
        io::ReadBuf<'static>,
        io::ReadHalf<u8>,
        io::ReadHalf<Cell<u8>>,
        io::ReadHalf<Rc<u8>>,
        io::ReadHalf<Pinned>,
        io::Ready,
        io::Repeat,
        io::SimplexStream,
        io::Sink,
        io::Split<Slice>,
        io::Take<Slice>,
        io::WriteHalf<u8>,
        io::WriteHalf<Rc<u8>>,
        io::unix::AsyncFd<StdStream>,
        io::unix::AsyncFdReadyGuard<'static, StdStream>,
        io::unix::AsyncFdReadyMutGuard<'static, StdStream>,
        io::unix::AsyncFdRegisterError<StdStream>,
        io::unix::TryIoError,
    ];
    let of_sockets_and_children = in_both![
        net::TcpListener,
        net::TcpSocket,
        net::TcpStream,
        net::UdpSocket,
        net::UnixDatagram,
        net::UnixListener,
        net::UnixSocket,
        net::UnixStream,
        net::tcp::OwnedReadHalf,
        net::tcp::OwnedWriteHalf,
        net::tcp::ReadHalf<'static>,
        net::tcp::ReuniteError,
        net::tcp::WriteHalf<'static>,
        net::unix::OwnedReadHalf,
        net::unix::OwnedWriteHalf,
        net::unix::ReadHalf<'static>,
        net::unix::ReuniteError,
        net::unix::SocketAddr,
        net::unix::UCred,
        net::unix::WriteHalf<'static>,
        net::unix::pipe::OpenOptions,
        net::unix::pipe::Receiver,
        net::unix::pipe::Sender,
        process::Child,
        process::ChildStderr,
        process::ChildStdin,
        process::ChildStdout,
        process::Command,
        signal::unix::Signal,
        signal::unix::SignalKind,
    ];
    let of_runtimes_tasks_and_time = in_both![
        runtime::Builder,
        runtime::EnterGuard<'static>,
        runtime::Handle,
        runtime::Id,
        runtime::LocalOptions,
        runtime::LocalRuntime,
        runtime::Runtime,
        runtime::RuntimeFlavor,
        runtime::RuntimeMetrics,
        runtime::TryCurrentError,
        task::AbortHandle,
        task::Id,
        task::JoinError,
        task::JoinHandle<u8>,
        task::JoinHandle<Cell<u8>>,
        task::JoinHandle<Rc<u8>>,
        task::JoinHandle<Pinned>,
        task::JoinSet<u8>,
        task::JoinSet<Cell<u8>>,
        task::JoinSet<Rc<u8>>,
        task::LocalEnterGuard,
        task::LocalKey<u8>,
        task::LocalSet,
        task::coop::Coop<Ready<u8>>,
        task::coop::Unconstrained<Ready<u8>>,
        task::coop::Unconstrained<Pinned>,
        task::futures::TaskLocalFuture<u8, Ready<u8>>,
        task::futures::TaskLocalFuture<u8, Pinned>,
        time::Instant,
        time::Interval,
        time::MissedTickBehavior,
        time::Sleep,
        time::Timeout<Ready<u8>>,
        time::Timeout<Ready<Rc<u8>>>,
        time::error::Elapsed,
        time::error::Error,
    ];
    let of_locks = in_both![
        sync::AcquireError,
        sync::Barrier,
        sync::BarrierWaitResult,
        sync::MappedMutexGuard<'static, u8>,
        sync::MappedMutexGuard<'static, Cell<u8>>,
        sync::Mutex<u8>,
        sync::Mutex<Cell<u8>>,
        sync::Mutex<Rc<u8>>,
        sync::MutexGuard<'static, u8>,
        sync::MutexGuard<'static, Cell<u8>>,
        sync::Notify,
        sync::OnceCell<u8>,
        sync::OnceCell<Cell<u8>>,
        sync::OwnedMappedMutexGuard<u8, u8>,
        sync::OwnedMutexGuard<u8>,
        sync::OwnedMutexGuard<Cell<u8>>,
        sync::OwnedRwLockMappedWriteGuard<u8, u8>,
        sync::OwnedRwLockReadGuard<u8>,
        sync::OwnedRwLockReadGuard<Cell<u8>>,
        sync::OwnedRwLockWriteGuard<u8>,
        sync::OwnedSemaphorePermit,
        sync::RwLock<u8>,
        sync::RwLock<Cell<u8>>,
        sync::RwLockMappedWriteGuard<'static, u8>,
        sync::RwLockReadGuard<'static, u8>,
        sync::RwLockReadGuard<'static, Cell<u8>>,
        sync::RwLockWriteGuard<'static, u8>,
        sync::Semaphore,
        sync::SemaphorePermit<'static>,
        sync::SetError<u8>,
        sync::SetOnce<u8>,
        sync::SetOnce<Cell<u8>>,
        sync::SetOnceError<u8>,
        sync::TryAcquireError,
        sync::TryLockError,
    ];
    let of_channels = in_both![
        sync::broadcast::Receiver<u8>,
        sync::broadcast::Receiver<Cell<u8>>,
        sync::broadcast::Receiver<Rc<u8>>,
        sync::broadcast::Sender<u8>,
        sync::broadcast::WeakSender<u8>,
        sync::broadcast::error::RecvError,
        sync::broadcast::error::SendError<u8>,
        sync::broadcast::error::TryRecvError,
        sync::futures::Notified<'static>,
        sync::futures::OwnedNotified,
        sync::mpsc::OwnedPermit<u8>,
        sync::mpsc::Permit<'static, u8>,
        sync::mpsc::PermitIterator<'static, u8>,
        sync::mpsc::Receiver<u8>,
        sync::mpsc::Receiver<Cell<u8>>,
        sync::mpsc::Receiver<Rc<u8>>,
        sync::mpsc::Receiver<Pinned>,
        sync::mpsc::Sender<u8>,
        sync::mpsc::Sender<Cell<u8>>,
        sync::mpsc::UnboundedReceiver<u8>,
        sync::mpsc::UnboundedSender<u8>,
        sync::mpsc::WeakSender<u8>,
        sync::mpsc::WeakUnboundedSender<u8>,
        sync::mpsc::error::SendError<u8>,
        sync::mpsc::error::SendTimeoutError<u8>,
        sync::mpsc::error::TryRecvError,
        sync::mpsc::error::TrySendError<u8>,
        sync::oneshot::Receiver<u8>,
        sync::oneshot::Receiver<Cell<u8>>,
        sync::oneshot::Receiver<Rc<u8>>,
        sync::oneshot::Receiver<Pinned>,
        sync::oneshot::Sender<u8>,
        sync::oneshot::Sender<Cell<u8>>,
        sync::oneshot::error::RecvError,
        sync::oneshot::error::TryRecvError,
        sync::watch::Receiver<u8>,
        sync::watch::Receiver<Cell<u8>>,
        sync::watch::Ref<'static, u8>,
        sync::watch::Sender<u8>,
        sync::watch::Sender<Cell<u8>>,
        sync::watch::error::RecvError,
        sync::watch::error::SendError<u8>,
    ];
    let all = of_files_and_io.into_iter().chain(of_sockets_and_children);
    let all = all.chain(of_runtimes_tasks_and_time);
    all.chain(of_locks).chain(of_channels).collect()
}

/// The types, with a trait that only the one or the other has.
fn differences() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut less, mut more) = (BTreeSet::new(), BTreeSet::new());
    for (name, here, there) in types() {
        for (nth, of) in TRAITS.iter().enumerate() {
            match (here[nth], there[nth]) {
                (false, true) => less.insert(format!("{name}: {of}")),
                (true, false) => more.insert(format!("{name}: {of}")),
                _ => true,
            };
        }
    }
    (less, more)
}

/// What is in the one and not in the other, and the other way round.
fn assert_same(found: &BTreeSet<String>, listed: BTreeSet<String>) {
    let unlisted: Vec<_> = found.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(found).collect();
    assert!(
        unlisted.is_empty() && gone.is_empty(),
        "not listed: {unlisted:#?}\nlisted, and not so: {gone:#?}"
    );
}

#[test]
fn what_tokios_types_may_ours_may_but_for_those_that_are_listed_with_the_reason() {
    let (less, _) = differences();
    let listed = LESS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_same(&less, listed);
}

#[test]
fn what_ours_may_beyond_tokios_is_listed_too() {
    let (_, mut more) = differences();
    more.retain(|name| !name.ends_with("UnwindSafe"));
    let listed = MORE.iter().map(|name| (*name).to_owned()).collect();
    assert_same(&more, listed);
}

#[test]
fn a_trait_that_a_type_has_or_lacks_is_told_as_such() {
    assert_eq!(all_five!(u8), [true; 5]);
    assert_eq!(all_five!(Cell<u8>), [true, false, true, true, false]);
    assert_eq!(all_five!(Rc<u8>), [false, false, true, true, true]);
    assert_eq!(all_five!(Pinned), [true, true, false, true, true]);
    assert_eq!(all_five!(&'static mut u8), [true, true, true, false, true]);
}
