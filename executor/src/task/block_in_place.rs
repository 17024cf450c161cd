//! What needs a second worker thread, refused where it is called.
//!
//! Owns [`block_in_place`], which never compiles, and the sentence that it says instead.

/// A call that a second worker thread could make up for. There is none.
#[diagnostic::on_unimplemented(
    message = "`block_in_place` needs a second worker thread, and a buzzer runtime has one",
    label = "this would block the thread that drives all tasks",
    note = "run it on the blocking pool, and await that: `buzzer::task::spawn_blocking(...).await`",
    note = "where it can't be awaited, the code around it has to become `async`"
)]
pub trait SecondWorker {}

/// Refused: tokio's moves the other tasks to another worker thread, and there is none.
/// Use [`spawn_blocking`](super::spawn_blocking), and await it.
///
/// ```compile_fail
/// buzzer::block_on(async {
///     buzzer::task::block_in_place(|| std::fs::read("menu"));
/// });
/// ```
pub fn block_in_place<F, R>(_: F) -> R
where
    F: FnOnce() -> R + SecondWorker,
{
    unreachable!("nothing is a SecondWorker")
}
