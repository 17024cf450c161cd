//! compio, with whatever driver it finds: io_uring where it is allowed, else polling.

use std::rc::Rc;

use ::compio::buf::BufResult;
use ::compio::io::AsyncRead as _;
use ::compio::net::UnixStream;
use ::compio::runtime::{JoinHandle, Runtime};
use buzzer_kit::{Executor, Reader};

use crate::shared::shared;

pub(crate) fn executor() -> Executor {
    Executor::new("compio", |future| {
        Runtime::new().expect("a runtime").block_on(future);
    })
    .spawn(|future| shared(::compio::runtime::spawn(future), JoinHandle::detach).0)
    .sleep(|duration| Box::pin(::compio::time::sleep(duration)))
    .read(reader)
    .blocking(|job| shared(::compio::runtime::spawn_blocking(job), JoinHandle::detach).0)
    .abort(|future| shared(::compio::runtime::spawn(future), JoinHandle::detach))
}

/// Without io_uring it runs too, by polling, and some of what it does is then different.
pub(crate) fn refused() -> Vec<(&'static str, String)> {
    match Runtime::new().map(|runtime| runtime.driver_type()) {
        Ok(driver) if driver.is_iouring() => Vec::new(),
        Ok(_) => vec![("compio", "it has no io_uring here".to_owned())],
        Err(error) => vec![("compio", error.to_string())],
    }
}

fn reader(stream: std::os::unix::net::UnixStream) -> Reader {
    let stream = UnixStream::from_std(stream).expect("a socket to watch");
    let stream = Rc::new(stream);
    Box::new(move || {
        let stream = stream.clone();
        Box::pin(async move {
            let BufResult(read, mut bytes) = (&*stream).read(Vec::with_capacity(4_096)).await;
            bytes.truncate(read?);
            Ok(bytes)
        })
    })
}
