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

/// What ours has and tokio's lacks: no list runs through the futures themselves. No program
/// minds that it may do more. Which of tokio's are `UnwindSafe` goes by the features that it
/// is built with (`parking_lot` takes that from many), so of that more is not listed.
pub const MORE: &[&str] = &[
    "io::ReadHalf<Cell<u8>>: Sync",
    "sync::futures::Notified: Unpin",
    "sync::futures::OwnedNotified: Unpin",
    "task::futures::TaskLocalFuture<u8, Ready<u8>>: Unpin",
    "time::Sleep: Unpin",
    "time::Timeout<Ready<Rc<u8>>>: Unpin",
    "time::Timeout<Ready<u8>>: Unpin",
];
