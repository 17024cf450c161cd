//! monoio, with its driver for epoll, which every Linux allows.

use std::cell::RefCell;
use std::rc::Rc;

use ::monoio::blocking::DefaultThreadPool;
use ::monoio::io::AsyncReadRent as _;
use ::monoio::net::UnixStream;
use ::monoio::{LegacyDriver, RuntimeBuilder};
use buzzer_kit::{Executor, Reader};

pub(crate) fn executor() -> Executor {
    Executor::new("monoio", |future| {
        let mut runtime = RuntimeBuilder::<LegacyDriver>::new()
            .attach_thread_pool(Box::new(DefaultThreadPool::new(4)))
            .enable_timer()
            .build()
            .expect("a runtime");
        runtime.block_on(future);
    })
    .spawn(|future| Box::pin(::monoio::spawn(future)))
    .sleep(|duration| Box::pin(::monoio::time::sleep(duration)))
    .read(reader)
    .blocking(|job| {
        let job = ::monoio::spawn_blocking(job);
        Box::pin(async {
            let _ = job.await;
        })
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
            let (read, mut bytes) = stream.borrow_mut().read(vec![0; 4_096]).await;
            bytes.truncate(read?);
            Ok(bytes)
        })
    })
}
