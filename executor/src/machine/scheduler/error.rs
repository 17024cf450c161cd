//! Why a task or a job has no output.
//!
//! Owns [`JoinError`]. Made by `cell.rs` and `packet.rs`.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::PoisonError;

use crate::machine::panics::{self, Payload};
use crate::record::ids::Id;
use crate::sys::errors::named;
use crate::sys::locks::Mutex;

/// A task or job ended without an output: it panicked, was cancelled, or could
/// not be started.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     let task = buzzer::spawn(async { panic!("no beans") });
///     let id = task.id();
///     let error = task.await.unwrap_err();
///     assert!(error.is_panic() && !error.is_cancelled());
///     assert_eq!(error.id(), id);
///     assert!(error.to_string().ends_with(r#"panicked with message "no beans""#));
/// });
/// ```
pub struct JoinError {
    /// One word, so that a `Result` with a small output stays small: every join
    /// moves one, and few are errors.
    failure: Box<Failure>,
}

struct Failure {
    id: Id,
    cause: Cause,
}

enum Cause {
    /// In a mutex, never locked by two, to make the error `Sync`: a payload is
    /// only `Send`, and `?` into a boxed error wants both.
    Panic(Mutex<Payload>),
    Cancelled,
    NotStarted(io::Error),
}

impl JoinError {
    fn new(id: Id, cause: Cause) -> Self {
        let failure = Box::new(Failure { id, cause });
        Self { failure }
    }

    pub(crate) fn panic(id: Id, payload: Payload) -> Self {
        Self::new(id, Cause::Panic(Mutex::new(payload)))
    }

    pub(crate) fn cancelled(id: Id) -> Self {
        Self::new(id, Cause::Cancelled)
    }

    pub(crate) fn not_started(id: Id, error: io::Error) -> Self {
        Self::new(id, Cause::NotStarted(error))
    }

    /// Whether the task panicked: in a poll, or in the drop of its future or
    /// output.
    pub fn is_panic(&self) -> bool {
        matches!(self.failure.cause, Cause::Panic(_))
    }

    /// Whether the task was cancelled: by `abort`, or because its runtime ended.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.failure.cause, Cause::Cancelled)
    }

    /// What the panic threw, to be passed on with [`std::panic::resume_unwind`].
    ///
    /// # Panics
    ///
    /// If the task did not panic; [`try_into_panic`](Self::try_into_panic) asks.
    ///
    /// # Examples
    ///
    /// A panic that goes on where it is learned of:
    ///
    /// ```
    /// let caught = std::panic::catch_unwind(|| {
    ///     buzzer::block_on(async {
    ///         let task = buzzer::spawn(async { panic!("no beans") });
    ///         if let Err(error) = task.await {
    ///             std::panic::resume_unwind(error.into_panic());
    ///         }
    ///     });
    /// });
    /// assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"no beans"));
    /// ```
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn std::any::Any + Send + 'static> {
        match self.try_into_panic() {
            Ok(payload) => payload,
            // Not in a closure, whose line it would be.
            Err(error) => panic!("into_panic on a JoinError that is no panic: {error}"),
        }
    }

    /// What the panic threw.
    ///
    /// # Errors
    ///
    /// The error itself, if the task did not panic.
    ///
    /// # Examples
    ///
    /// ```
    /// buzzer::block_on(async {
    ///     let task = buzzer::spawn(std::future::pending::<()>());
    ///     task.abort();
    ///     let error = task.await.unwrap_err();
    ///     assert!(error.try_into_panic().unwrap_err().is_cancelled());
    /// });
    /// ```
    pub fn try_into_panic(self) -> Result<Box<dyn std::any::Any + Send + 'static>, Self> {
        match self.failure.cause {
            Cause::Panic(payload) => {
                Ok(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            cause => Err(Self::new(self.failure.id, cause)),
        }
    }

    /// Which task or job it was.
    pub fn id(&self) -> Id {
        self.failure.id
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.failure.id;
        let what = if id.is_job() { JOB } else { "task" };
        match &self.failure.cause {
            Cause::Cancelled => write!(f, "{what} {id} was cancelled"),
            Cause::NotStarted(error) => write!(f, "{JOB} {}: {error}", not_started(id)),
            Cause::Panic(payload) => {
                let payload = payload.lock().unwrap_or_else(PoisonError::into_inner);
                match panics::message(&payload) {
                    Some(message) => write!(f, "{what} {id} panicked with message {message:?}"),
                    None => write!(f, "{what} {id} panicked"),
                }
            }
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinError({self})")
    }
}

impl Error for JoinError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.failure.cause {
            // What is behind the error that the text ends with: that one would be told
            // twice by who tells an error with its sources.
            Cause::NotStarted(error) => error.source(),
            Cause::Panic(_) | Cause::Cancelled => None,
        }
    }
}

const JOB: &str = "job";

fn not_started(id: Id) -> String {
    format!("{id} could not be started: no thread could be started for it")
}

/// Says the same. A job that could not be started keeps the kind and the
/// [number](crate::io::raw_os_error) of the system's error; a panicked or cancelled one
/// becomes [`io::ErrorKind::Other`] with the `JoinError` in it
/// ([`io::Error::into_inner`]).
impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> Self {
        let id = error.failure.id;
        match error.failure.cause {
            Cause::NotStarted(system) => named(JOB, not_started(id), system),
            cause => Self::other(JoinError::new(id, cause)),
        }
    }
}
