//! Where the auto traits of a type differ from those of tokio's of the same name.

/// What tokio's has and ours lacks, and why. DESIGN.md's table says so too.
pub const LESS: &[(&str, &str)] = &[
    (
        "runtime::EnterGuard: Sync",
        "it keeps its runtime alive by a count that is no atomic; what another thread could do \
         with a reference to it is nothing, there and here",
    ),
    ("runtime::Runtime: Send", TASKS_STAY),
    ("runtime::Runtime: Sync", TASKS_STAY),
];

const TASKS_STAY: &str = "`spawn` takes futures that are not `Send`, so a task may share what is \
    not counted atomically with others and with the thread that spawned it: moved, the two would \
    race. Build the runtime on the thread that is to run it, and send its `Handle` elsewhere";

/// What ours has and tokio's lacks, as ours is made of other parts: no cell that threads
/// share (`UnwindSafe`, `RefUnwindSafe`), and no list that runs through the futures
/// themselves (`Unpin`). No program minds that it may do more.
pub const MORE: &[&str] = &[
    "fs::File: RefUnwindSafe",
    "io::ReadHalf<Cell<u8>>: Sync",
    "io::unix::AsyncFd<StdStream>: RefUnwindSafe",
    "io::unix::AsyncFd<StdStream>: UnwindSafe",
    "io::unix::AsyncFdReadyGuard<StdStream>: RefUnwindSafe",
    "io::unix::AsyncFdReadyGuard<StdStream>: UnwindSafe",
    "io::unix::AsyncFdReadyMutGuard<StdStream>: RefUnwindSafe",
    "process::Child: RefUnwindSafe",
    "process::Child: UnwindSafe",
    "sync::MappedMutexGuard<u8>: UnwindSafe",
    "sync::OnceCell<u8>: RefUnwindSafe",
    "sync::RwLockMappedWriteGuard<u8>: UnwindSafe",
    "sync::RwLockWriteGuard<u8>: UnwindSafe",
    "sync::SetOnce<u8>: RefUnwindSafe",
    "sync::futures::Notified: RefUnwindSafe",
    "sync::futures::Notified: Unpin",
    "sync::futures::Notified: UnwindSafe",
    "sync::futures::OwnedNotified: RefUnwindSafe",
    "sync::futures::OwnedNotified: Unpin",
    "sync::futures::OwnedNotified: UnwindSafe",
    "sync::oneshot::Receiver<Cell<u8>>: RefUnwindSafe",
    "sync::oneshot::Receiver<Cell<u8>>: UnwindSafe",
    "sync::oneshot::Receiver<Pinned>: RefUnwindSafe",
    "sync::oneshot::Receiver<Pinned>: UnwindSafe",
    "sync::oneshot::Receiver<Rc<u8>>: RefUnwindSafe",
    "sync::oneshot::Receiver<Rc<u8>>: UnwindSafe",
    "sync::oneshot::Receiver<u8>: RefUnwindSafe",
    "sync::oneshot::Receiver<u8>: UnwindSafe",
    "sync::oneshot::Sender<Cell<u8>>: RefUnwindSafe",
    "sync::oneshot::Sender<Cell<u8>>: UnwindSafe",
    "sync::oneshot::Sender<u8>: RefUnwindSafe",
    "sync::oneshot::Sender<u8>: UnwindSafe",
    "task::futures::TaskLocalFuture<u8, Ready<u8>>: Unpin",
    "time::Interval: RefUnwindSafe",
    "time::Interval: UnwindSafe",
    "time::Sleep: RefUnwindSafe",
    "time::Sleep: Unpin",
    "time::Sleep: UnwindSafe",
    "time::Timeout<Ready<Rc<u8>>>: RefUnwindSafe",
    "time::Timeout<Ready<Rc<u8>>>: Unpin",
    "time::Timeout<Ready<Rc<u8>>>: UnwindSafe",
    "time::Timeout<Ready<u8>>: RefUnwindSafe",
    "time::Timeout<Ready<u8>>: Unpin",
    "time::Timeout<Ready<u8>>: UnwindSafe",
];
