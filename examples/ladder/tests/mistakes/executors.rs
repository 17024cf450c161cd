//! The stages, as the kit is to see them. `executor!` has a stage's own parts from the
//! module that it is given: the stage, or what somebody has made of its exercise. What an
//! earlier stage has finished is that stage's.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use buzzer_kit::{Executor, LocalFuture, Reader};
use ladder::stage_2::{Promise, keep, redeem};
use ladder::{stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, stage_9};

/// The one that the map leads to.
pub const REAL: &str = "buzzer";

/// The executor of the stage of this number, named so, from the parts of this module.
macro_rules! executor {
    (1, $name:expr, $own:ident) => {
        Executor::new($name, $own::block_on).sleep(|time| Box::pin($own::sleep(time)))
    };
    (2, $name:expr, $own:ident) => {
        executor!(1, $name, $own)
    };
    (3, $name:expr, $own:ident) => {
        Executor::new($name, $own::block_on)
            .spawn(|future| $crate::executors::promised(future, $own::spawn))
            .sleep(|time| Box::pin(ladder::stage_2::sleep(time)))
    };
    (4, $name:expr, $own:ident) => {
        executor!(3, $name, $own)
    };
    (5, $name:expr, $own:ident) => {
        Executor::new($name, $own::block_on)
            .spawn(|future| Box::pin($own::spawn(future)))
            .sleep(|time| Box::pin(ladder::stage_2::sleep(time)))
    };
    (6, $name:expr, $own:ident) => {
        Executor::new($name, $own::block_on)
            .spawn(|future| Box::pin($own::spawn(future)))
            .sleep(|time| Box::pin($own::sleep(time)))
            .read($crate::executors::blocking)
    };
    (7, $name:expr, $own:ident) => {
        executor!(watches, $name, $own, $own)
    };
    (8, $name:expr, $own:ident) => {
        executor!(watches, $name, $own, ladder::stage_7)
            .blocking(|job| $crate::executors::ended($own::elsewhere(job)))
    };
    (9, $name:expr, $own:ident) => {
        executor!(watches, $name, $own, ladder::stage_7)
            .blocking(|job| $crate::executors::ended(ladder::stage_8::elsewhere(job)))
            .abort(|future| {
                let handle = std::rc::Rc::new(std::cell::RefCell::new($own::spawn(future)));
                let awaited = handle.clone();
                let ended = std::future::poll_fn(move |cx| {
                    std::pin::Pin::new(&mut *awaited.borrow_mut())
                        .poll(cx)
                        .map(drop)
                });
                (Box::pin(ended), Box::new(move || handle.borrow().abort()))
            })
    };
    (watches, $name:expr, $own:ident, $($source:ident)::+) => {
        Executor::new($name, $own::block_on)
            .spawn(|future| $crate::executors::ended($own::spawn(future)))
            .sleep(|time| Box::pin(ladder::stage_6::sleep(time)))
            .read(|stream| {
                let readable = mio::Interest::READABLE;
                let source = $($source)::+::Source::new(stream, readable).expect("a source");
                let source = std::rc::Rc::new(source);
                Box::new(move || {
                    let source = source.clone();
                    Box::pin(async move { source.ready($crate::executors::some).await })
                })
            })
    };
}

/// Each stage with what it has, and the real one at the end.
pub fn all() -> Vec<Executor> {
    vec![
        executor!(1, "1_busy_loop", stage_1),
        executor!(2, "2_waker", stage_2),
        // These have no handles of their own, and are tried without them, too.
        Executor::new("3_queue", stage_3::block_on).sleep(|time| Box::pin(stage_2::sleep(time))),
        executor!(3, "3_queue with promises", stage_3),
        Executor::new("4_number", stage_4::block_on).sleep(|time| Box::pin(stage_2::sleep(time))),
        executor!(4, "4_number with promises", stage_4),
        executor!(5, "5_handles", stage_5),
        executor!(6, "6_timers", stage_6),
        executor!(7, "7_epoll", stage_7),
        executor!(8, "8_threads", stage_8),
        executor!(9, "9_end", stage_9),
        Executor::new(REAL, buzzer::block_on).spawn(|future| ended(buzzer::spawn(future))),
    ]
}

pub fn ended<T: 'static>(future: impl Future<Output = T> + 'static) -> LocalFuture {
    Box::pin(async { _ = future.await })
}

/// A task whose end can be awaited, as the programs of stages 3 and 4 have it by hand.
pub fn promised(future: LocalFuture, spawn: fn(LocalFuture)) -> LocalFuture {
    let promise = Promise::default();
    let kept = promise.clone();
    spawn(Box::pin(async move {
        future.await;
        keep(&kept, ());
    }));
    Box::pin(redeem(promise))
}

pub fn some(mut stream: &UnixStream) -> io::Result<Vec<u8>> {
    let mut buffer = [0; 1024];
    let length = stream.read(&mut buffer)?;
    Ok(buffer[..length].to_vec())
}

/// A read without a reactor: the thread waits.
pub fn blocking(stream: UnixStream) -> Reader {
    let stream = Rc::new(stream);
    Box::new(move || {
        let stream = stream.clone();
        Box::pin(async move {
            stream.set_nonblocking(false)?;
            some(&stream)
        })
    })
}
