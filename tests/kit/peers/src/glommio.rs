//! glommio, which needs io_uring and some locked memory.

use std::cell::RefCell;
use std::future::poll_fn;
use std::os::fd::{FromRawFd as _, IntoRawFd as _};
use std::panic::catch_unwind;
use std::pin::Pin;
use std::rc::Rc;

use ::glommio::net::UnixStream;
use ::glommio::{LocalExecutorBuilder, Placement};
use ::smol::io::AsyncReadExt as _;
use buzzer_kit::{Executor, Reader};

pub(crate) fn executor() -> Executor {
    Executor::new("glommio", |future| {
        let executor = LocalExecutorBuilder::new(Placement::Unbound).make();
        executor.expect("an executor").run(future);
    })
    .spawn(|future| {
        let task = ::glommio::spawn_local(future).detach();
        Box::pin(async {
            let _ = task.await;
        })
    })
    .sleep(|duration| Box::pin(::glommio::timer::sleep(duration)))
    .read(reader)
    .blocking(|job| {
        let executor = ::glommio::executor();
        Box::pin(async move { executor.spawn_blocking(job).await })
    })
    .abort(|future| {
        let task = Rc::new(RefCell::new(::glommio::spawn_local(future).detach()));
        let of_abort = task.clone();
        let ended = poll_fn(move |cx| Pin::new(&mut *task.borrow_mut()).poll(cx).map(drop));
        (
            Box::pin(ended),
            Box::new(move || of_abort.borrow().cancel()),
        )
    })
}

/// It runs with io_uring alone. Without, it panics, and says so on stderr; with too little
/// locked memory it fails.
pub(crate) fn refused() -> Option<(&'static str, String)> {
    let made = catch_unwind(|| LocalExecutorBuilder::new(Placement::Unbound).make().err());
    let why = match made {
        Ok(error) => error?.to_string(),
        Err(_) => "it has no io_uring here".to_owned(),
    };
    Some(("glommio", why))
}

#[expect(
    clippy::await_holding_refcell_ref,
    reason = "one read is made at a time"
)]
fn reader(stream: std::os::unix::net::UnixStream) -> Reader {
    // SAFETY: the number is an open socket's, and whoever owned it has just given it up.
    let stream = unsafe { UnixStream::from_raw_fd(stream.into_raw_fd()) };
    let stream = Rc::new(RefCell::new(stream));
    Box::new(move || {
        let stream = stream.clone();
        Box::pin(async move {
            let mut bytes = vec![0; 4_096];
            let length = stream.borrow_mut().read(&mut bytes).await?;
            bytes.truncate(length);
            Ok(bytes)
        })
    })
}
