//! buzzer.

use std::cell::RefCell;
use std::rc::Rc;

use ::buzzer::io::AsyncReadExt as _;
use ::buzzer::net::UnixStream;
use buzzer_kit::{Executor, Reader};

pub(crate) fn executor() -> Executor {
    Executor::new("buzzer", ::buzzer::block_on)
        .spawn(|future| {
            let task = ::buzzer::spawn(future);
            Box::pin(async { drop(task.await) })
        })
        .sleep(|duration| Box::pin(::buzzer::time::sleep(duration)))
        .read(reader)
        .blocking(|job| {
            let job = ::buzzer::task::spawn_blocking(job);
            Box::pin(async { drop(job.await) })
        })
        .abort(|future| {
            let task = ::buzzer::spawn(future);
            let abort = task.abort_handle();
            let ended = Box::pin(async { drop(task.await) });
            (ended, Box::new(move || abort.abort()))
        })
}

#[expect(
    clippy::await_holding_refcell_ref,
    reason = "one read is made at a time"
)]
fn reader(stream: std::os::unix::net::UnixStream) -> Reader {
    let stream = UnixStream::from_std(stream).expect("a socket to watch");
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
