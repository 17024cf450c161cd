//! An executor as the kit sees it: a name, and a function for each part that it offers.

use std::fmt;
use std::io;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What is run. It need not be `Send`, and borrows nothing.
pub type LocalFuture = Pin<Box<dyn Future<Output = ()>>>;

/// Work that blocks.
pub type Job = Box<dyn FnOnce() + Send>;

/// A future that reads: what has come, at least a byte, or nothing at the end.
pub type Read = Pin<Box<dyn Future<Output = io::Result<Vec<u8>>>>>;

/// Begins a read of its stream, each time that it is called.
pub type Reader = Box<dyn FnMut() -> Read>;

/// Aborts its task.
pub type Abort = Box<dyn FnOnce()>;

type Call<A, B> = Arc<dyn Fn(A) -> B + Send + Sync>;

/// A part of an executor, besides `block_on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// [`Executor::spawn`]
    Spawn,
    /// [`Executor::sleep`]
    Sleep,
    /// [`Executor::read`]
    Read,
    /// [`Executor::blocking`]
    Blocking,
    /// [`Executor::abort`]
    Abort,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Spawn => "spawn",
            Self::Sleep => "sleep",
            Self::Read => "read",
            Self::Blocking => "blocking",
            Self::Abort => "abort",
        })
    }
}

/// An executor to be tried: `block_on`, and whatever else it has.
///
/// Whatever is given besides `block_on` is called within a future that `block_on` polls,
/// or a task does, so it may find its executor through a thread-local.
#[derive(Clone)]
pub struct Executor {
    name: String,
    block_on: Call<LocalFuture, ()>,
    spawn: Option<Call<LocalFuture, LocalFuture>>,
    sleep: Option<Call<Duration, LocalFuture>>,
    read: Option<Call<UnixStream, Reader>>,
    blocking: Option<Call<Job, LocalFuture>>,
    abort: Option<Call<LocalFuture, (LocalFuture, Abort)>>,
}

impl Executor {
    /// An executor that has `block_on` and nothing else.
    ///
    /// `block_on` runs the future to its end. What it has made for that (an executor and
    /// its tasks) is gone when it returns. A panic of the future leaves it.
    pub fn new(
        name: impl Into<String>,
        block_on: impl Fn(LocalFuture) + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            block_on: Arc::new(block_on),
            spawn: None,
            sleep: None,
            read: None,
            blocking: None,
            abort: None,
        }
    }

    /// With tasks. `spawn` gives a future that ends when the task has ended, in whatever
    /// way; if that is dropped, the task runs on.
    pub fn spawn(
        mut self,
        spawn: impl Fn(LocalFuture) -> LocalFuture + Send + Sync + 'static,
    ) -> Self {
        self.spawn = Some(Arc::new(spawn));
        self
    }

    /// With timers. `sleep` gives a future that ends when so much time has passed since
    /// the call.
    pub fn sleep(
        mut self,
        sleep: impl Fn(Duration) -> LocalFuture + Send + Sync + 'static,
    ) -> Self {
        self.sleep = Some(Arc::new(sleep));
        self
    }

    /// With descriptors. `read` gets one end of a pair of sockets, which does not block,
    /// and gives what reads from it. One read is made at a time.
    pub fn read(mut self, read: impl Fn(UnixStream) -> Reader + Send + Sync + 'static) -> Self {
        self.read = Some(Arc::new(read));
        self
    }

    /// With other threads for what blocks. `blocking` gives a future that ends when the
    /// job has ended, in whatever way.
    pub fn blocking(
        mut self,
        blocking: impl Fn(Job) -> LocalFuture + Send + Sync + 'static,
    ) -> Self {
        self.blocking = Some(Arc::new(blocking));
        self
    }

    /// With tasks that can be aborted. `abort` spawns as `spawn` does, and gives a
    /// function with it that aborts the task.
    pub fn abort(
        mut self,
        abort: impl Fn(LocalFuture) -> (LocalFuture, Abort) + Send + Sync + 'static,
    ) -> Self {
        self.abort = Some(Arc::new(abort));
        self
    }

    /// The name it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has this part.
    pub fn offers(&self, part: Part) -> bool {
        match part {
            Part::Spawn => self.spawn.is_some(),
            Part::Sleep => self.sleep.is_some(),
            Part::Read => self.read.is_some(),
            Part::Blocking => self.blocking.is_some(),
            Part::Abort => self.abort.is_some(),
        }
    }

    // What scenarios call. A part may be missing only from those that don't need it.

    pub(crate) fn run(&self, future: impl Future<Output = ()> + 'static) {
        (self.block_on)(Box::pin(future));
    }

    pub(crate) fn task(&self, future: impl Future<Output = ()> + 'static) -> LocalFuture {
        needed(&self.spawn)(Box::pin(future))
    }

    pub(crate) fn wait(&self, duration: Duration) -> LocalFuture {
        needed(&self.sleep)(duration)
    }

    pub(crate) fn reader(&self, stream: UnixStream) -> Reader {
        needed(&self.read)(stream)
    }

    pub(crate) fn job(&self, job: impl FnOnce() + Send + 'static) -> LocalFuture {
        needed(&self.blocking)(Box::new(job))
    }

    pub(crate) fn abortable(
        &self,
        future: impl Future<Output = ()> + 'static,
    ) -> (LocalFuture, Abort) {
        needed(&self.abort)(Box::pin(future))
    }
}

fn needed<A, B>(part: &Option<Call<A, B>>) -> &Call<A, B> {
    part.as_ref()
        .expect("a scenario is run only where the parts that it needs are offered")
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
