//! The attributes that make a runtime for a function.
//!
//! Owns nothing: passes on what executor/macros/ makes, and says what it does. They expand
//! to [`Builder`](super::Builder) and [`block_on`](super::Runtime::block_on), under the name
//! that the manifest has given this crate.

/// Makes an `async fn` a function that runs its body on a runtime of its own.
///
/// ```text
/// #[buzzer::main]
/// async fn main() { … }
///
/// fn main() {
///     let runtime = Builder::new_current_thread().enable_all().build();
///     runtime.unwrap().block_on(async { … })
/// }
/// ```
///
/// It may stand on any function, with arguments, a type of output and generics. Each call
/// makes a runtime and drops it.
///
/// # Arguments
///
/// | argument | |
/// |---|---|
/// | `flavor = "current_thread"` or `"local"` | what every runtime is here, so it may be left out; `"multi_thread"` is refused |
/// | `worker_threads = 1` | the same; more are refused |
/// | `start_paused = true` | see [`Builder::start_paused`](crate::runtime::Builder::start_paused) |
/// | `name = "…"` | see [`Builder::name`](crate::runtime::Builder::name) |
/// | `unhandled_panic = "ignore"` | what always is done: a panic ends its task alone; `"shutdown_runtime"` is refused |
/// | `crate = "…"` | the path to this crate, where it is not found by itself |
///
/// This crate is found under whatever name the manifest gives it (`tokio = { package =
/// "buzzer", … }`), and where another crate passes it on (`#[other::buzzer::main]`). `crate`
/// is for an attribute that stands alone (`#[main]`) in such a place, or in another crate's
/// macro.
///
/// # Panics
///
/// The function panics when no runtime can be made: see
/// [`Builder::build`](crate::runtime::Builder::build). And when it is called within a
/// runtime.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, sleep};
///
/// #[buzzer::main(start_paused = true)]
/// async fn main() -> std::io::Result<()> {
///     sleep(Duration::from_secs(3600)).await; // Takes no time.
///     Ok(())
/// }
/// ```
///
/// ```compile_fail
/// #[buzzer::main(flavor = "multi_thread", worker_threads = 4)]
/// async fn main() {}
/// ```
pub use buzzer_macros::main;

/// Makes an `async fn` a test that runs its body on a runtime of its own.
///
/// The arguments are those of [`main`]. Other attributes of tests, such as
/// `#[should_panic]` and `#[ignore]`, stand beside it, and the function may give a `Result`.
/// For more than one run see [`testing`](crate::testing).
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, Instant, sleep};
///
/// #[buzzer::test(start_paused = true)]
/// async fn an_hour_takes_no_time() {
///     let began = Instant::now();
///     sleep(Duration::from_secs(3600)).await;
///     assert_eq!(began.elapsed(), Duration::from_secs(3600));
/// }
/// ```
pub use buzzer_macros::test;
