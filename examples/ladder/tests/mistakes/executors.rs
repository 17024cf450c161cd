//! The stages, as the kit is to see them.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::rc::Rc;

use buzzer_kit::{Abort, Executor, Job, LocalFuture, Reader};
use ladder::stage_2::{self, Promise, keep, redeem};
use ladder::stage_7::Source;
use ladder::{stage_1, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, stage_9};

/// The one that the map leads to.
pub const REAL: &str = "buzzer";

/// Each stage with what it has, and the real one at the end.
pub fn all() -> Vec<Executor> {
    vec![
        Executor::new("1_busy_loop", stage_1::block_on)
            .sleep(|time| Box::pin(stage_1::sleep(time))),
        Executor::new("2_waker", stage_2::block_on).sleep(|time| Box::pin(stage_2::sleep(time))),
        of_stage_3("3_queue"),
        of_stage_3("3_queue with promises").spawn(|future| promised(future, stage_3::spawn)),
        of_stage_4("4_number"),
        of_stage_4("4_number with promises").spawn(|future| promised(future, stage_4::spawn)),
        Executor::new("5_handles", stage_5::block_on)
            .spawn(|future| Box::pin(stage_5::spawn(future)))
            .sleep(|time| Box::pin(stage_2::sleep(time))),
        Executor::new("6_timers", stage_6::block_on)
            .spawn(|future| Box::pin(stage_6::spawn(future)))
            .sleep(|time| Box::pin(stage_6::sleep(time)))
            .read(blocking),
        Executor::new("7_epoll", stage_7::block_on)
            .spawn(|future| Box::pin(stage_7::spawn(future)))
            .sleep(|time| Box::pin(stage_6::sleep(time)))
            .read(watched),
        Executor::new("8_threads", stage_8::block_on)
            .spawn(|future| Box::pin(stage_8::spawn(future)))
            .sleep(|time| Box::pin(stage_6::sleep(time)))
            .read(watched)
            .blocking(elsewhere),
        Executor::new("9_end", stage_9::block_on)
            .spawn(|future| ended(stage_9::spawn(future)))
            .sleep(|time| Box::pin(stage_6::sleep(time)))
            .read(watched)
            .blocking(elsewhere)
            .abort(abortable),
        Executor::new(REAL, buzzer::block_on).spawn(|future| ended(buzzer::spawn(future))),
    ]
}

fn of_stage_3(name: &str) -> Executor {
    Executor::new(name, stage_3::block_on).sleep(|time| Box::pin(stage_2::sleep(time)))
}

fn of_stage_4(name: &str) -> Executor {
    Executor::new(name, stage_4::block_on).sleep(|time| Box::pin(stage_2::sleep(time)))
}

fn ended<T: 'static>(future: impl Future<Output = T> + 'static) -> LocalFuture {
    Box::pin(async { _ = future.await })
}

/// A task whose end can be awaited, as the programs of stages 3 and 4 have it by hand.
fn promised(future: LocalFuture, spawn: fn(LocalFuture)) -> LocalFuture {
    let promise = Promise::default();
    let kept = promise.clone();
    spawn(Box::pin(async move {
        future.await;
        keep(&kept, ());
    }));
    Box::pin(redeem(promise))
}

fn some(mut stream: &UnixStream) -> io::Result<Vec<u8>> {
    let mut buffer = [0; 1024];
    let length = stream.read(&mut buffer)?;
    Ok(buffer[..length].to_vec())
}

/// A read without a reactor: the thread waits.
fn blocking(stream: UnixStream) -> Reader {
    let stream = Rc::new(stream);
    Box::new(move || {
        let stream = stream.clone();
        Box::pin(async move {
            stream.set_nonblocking(false)?;
            some(&stream)
        })
    })
}

fn watched(stream: UnixStream) -> Reader {
    let source = Rc::new(Source::new(stream, mio::Interest::READABLE).expect("a source"));
    Box::new(move || {
        let source = source.clone();
        Box::pin(async move { source.ready(some).await })
    })
}

fn elsewhere(job: Job) -> LocalFuture {
    ended(stage_8::elsewhere(job))
}

fn abortable(future: LocalFuture) -> (LocalFuture, Abort) {
    let handle = Rc::new(RefCell::new(stage_9::spawn(future)));
    let awaited = handle.clone();
    let ended = poll_fn(move |cx| Pin::new(&mut *awaited.borrow_mut()).poll(cx).map(drop));
    (Box::pin(ended), Box::new(move || handle.borrow().abort()))
}
