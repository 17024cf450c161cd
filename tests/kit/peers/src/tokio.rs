//! tokio's current_thread, as `LocalRuntime`, which takes tasks that are not `Send`.

use std::rc::Rc;

use ::tokio::net::UnixStream;
use ::tokio::runtime::{Builder, LocalOptions};
use ::tokio::task;
use buzzer_kit::{Executor, Reader};

pub(crate) fn executor() -> Executor {
    Executor::new("tokio", |future| {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default())
            .expect("a runtime");
        runtime.block_on(future);
    })
    .spawn(|future| {
        let task = task::spawn_local(future);
        Box::pin(async { drop(task.await) })
    })
    .sleep(|duration| Box::pin(::tokio::time::sleep(duration)))
    .read(reader)
    .blocking(|job| {
        let job = task::spawn_blocking(job);
        Box::pin(async { drop(job.await) })
    })
    .abort(|future| {
        let task = task::spawn_local(future);
        let abort = task.abort_handle();
        let ended = Box::pin(async { drop(task.await) });
        (ended, Box::new(move || abort.abort()))
    })
}

fn reader(stream: std::os::unix::net::UnixStream) -> Reader {
    let stream = Rc::new(UnixStream::from_std(stream).expect("a socket to watch"));
    Box::new(move || {
        let stream = stream.clone();
        Box::pin(async move {
            let mut bytes = vec![0; 4_096];
            loop {
                stream.readable().await?;
                match stream.try_read(&mut bytes) {
                    Ok(length) => {
                        bytes.truncate(length);
                        return Ok(bytes);
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
        })
    })
}
