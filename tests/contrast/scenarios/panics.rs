//! A panic in a task is its own affair: the handle tells of it, the rest go on.

use super::*;
use std::panic::panic_any;
use std::pin::Pin;
use std::task::Context;

/// What the handle of a task that came to grief says, with the task's id left
/// out, since the runtimes number their tasks differently.
fn say<T>(result: Result<T, JoinError>) {
    match result {
        Ok(_) => note!("the task ended well"),
        Err(error) => {
            let id = error.id().to_string();
            note!("{}", error.to_string().replace(&id, "<id>"));
        }
    }
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the bomb went off");
    }
}

pub fn a_panic_reaches_the_handle_and_others_go_on() -> Transcript {
    run(async || {
        let faulty = spawn(async {
            sleep(ms(10)).await;
            panic!("out of coffee");
        });
        let sound = spawn(work("the neighbour", ms(20)));
        let error: JoinError = faulty.await.unwrap_err();
        note!(
            "panic: {}, cancelled: {}",
            error.is_panic(),
            error.is_cancelled()
        );
        say(sound.await);
    })
}

/// A future by hand: what it holds is dropped with it, and not by the unwinding of its
/// poll's frame, as the locals of an `async` block are.
struct ByHand(NotePanicking);

struct NotePanicking;

impl Drop for NotePanicking {
    fn drop(&mut self) {
        note!("dropped while panicking: {}", std::thread::panicking());
    }
}

impl Future for ByHand {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        panic!("out of coffee");
    }
}

pub fn what_a_future_holds_is_dropped_after_the_panic_of_its_poll() -> Transcript {
    run(async || {
        let by_hand = spawn(ByHand(NotePanicking));
        note!("panic: {}", by_hand.await.unwrap_err().is_panic());
        let of_a_block = spawn(async {
            let _held = NotePanicking;
            panic!("out of coffee");
        });
        note!("panic: {}", of_a_block.await.unwrap_err().is_panic());
    })
    .differs(Difference {
        because: "tokio drops the future within the unwinding, where a second panic would end \
                  the process; buzzer after it, and contains both",
        buzzer: &[
            "0 ms: dropped while panicking: false",
            "0 ms: panic: true",
            "0 ms: dropped while panicking: true",
            "0 ms: panic: true",
        ],
        tokio: &[
            "0 ms: dropped while panicking: true",
            "0 ms: panic: true",
            "0 ms: dropped while panicking: true",
            "0 ms: panic: true",
        ],
    })
}

pub fn the_payload_comes_out_as_it_went_in() -> Transcript {
    run(async || {
        let literal = spawn(async { panic!("out of coffee") });
        let payload = literal.await.unwrap_err().into_panic();
        note!("{:?}", payload.downcast_ref::<&str>());

        let what = String::from("milk");
        let formatted = spawn(async move { panic!("out of {what}") });
        let payload = formatted.await.unwrap_err().into_panic();
        note!("{:?}", payload.downcast_ref::<String>());

        let number = spawn(async { panic_any(42) });
        let payload = number.await.unwrap_err().into_panic();
        note!("{:?}", payload.downcast_ref::<i32>());
    })
}

pub fn the_texts_of_a_join_error() -> Transcript {
    run(async || {
        say(spawn(async { panic!("out of coffee") }).await);
        say(spawn(async { panic_any(42) }).await);
        let aborted = spawn(pending::<()>());
        aborted.abort();
        say(aborted.await);
    })
}

pub fn a_join_error_becomes_an_io_error() -> Transcript {
    run(async || {
        let panicked = spawn(async { panic!("out of coffee") });
        let error = panicked.await.unwrap_err();
        note!("{:?}", io::Error::from(error).kind());

        let aborted = spawn(pending::<()>());
        aborted.abort();
        let error = aborted.await.unwrap_err();
        note!("{:?}", io::Error::from(error).kind());
    })
}

pub fn a_cancelled_task_has_no_payload() -> Transcript {
    run(async || {
        let aborted = spawn(pending::<()>());
        aborted.abort();
        let error = aborted.await.unwrap_err();
        let still_cancelled = error.try_into_panic().unwrap_err();
        note!("cancelled: {}", still_cancelled.is_cancelled());
    })
}

pub fn a_detached_task_that_panics_harms_nobody() -> Transcript {
    run(async || {
        drop(spawn(async { panic!("out of coffee") }));
        yield_now().await;
        note!("main goes on");
    })
}

pub fn the_drop_of_an_aborted_future_panics() -> Transcript {
    run(async || {
        let task = spawn(async {
            let _bomb = Bomb;
            pending::<()>().await;
        });
        yield_now().await;
        task.abort();
        say(task.await);
    })
}

pub fn the_drop_of_an_aborted_and_detached_future_panics() -> Transcript {
    run(async || {
        let task = spawn(async {
            let _bomb = Bomb;
            pending::<()>().await;
        });
        yield_now().await;
        task.abort();
        drop(task);
        yield_now().await;
        note!("main goes on");
    })
}

pub fn the_drop_of_a_finished_future_panics() -> Transcript {
    run(async || {
        let bomb = Bomb;
        let task = spawn(poll_fn(move |_| {
            let _held = &bomb;
            note!("the future is ready");
            Poll::Ready(())
        }));
        say(task.await);
    })
}

pub fn the_drop_of_an_output_that_nobody_wants_panics() -> Transcript {
    run(async || {
        drop(spawn(async { Bomb }));
        yield_now().await;
        note!("main goes on");
    })
}

pub fn the_drop_of_an_output_left_in_the_handle_panics() -> Transcript {
    run(async || {
        let task = spawn(async { Bomb });
        yield_now().await;
        note!("finished: {}", task.is_finished());
        drop(task);
        note!("main goes on");
    })
}

pub fn a_panic_while_others_are_dropped_by_the_unwinding() -> Transcript {
    run(async || {
        let task = spawn(async {
            let _first = NoteOnDrop("the first local");
            let _second = NoteOnDrop("the second local");
            sleep(ms(10)).await;
            panic!("out of coffee");
        });
        say(task.await);
    })
}

pub fn a_handle_polled_again_after_its_result_panics() -> Transcript {
    run(async || {
        let mut task = spawn(async { "a value" });
        note!("the handle gives {}", (&mut task).await.unwrap());
        let again = spawn(task);
        note!("panic: {}", again.await.unwrap_err().is_panic());
    })
}
