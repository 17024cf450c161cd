//! Signals that the program sends to itself.

use std::io;
use std::pin::pin;

use buzzer::signal::unix::{SignalKind, signal};
use buzzer::spawn;
use buzzer::task::yield_now;

use super::{Said, own};

/// Sends a signal to this process.
pub fn raise(signal: i32) -> io::Result<()> {
    // SAFETY: it takes integers and touches no memory of ours.
    match unsafe { libc::kill(libc::getpid(), signal) } {
        0 => Ok(()),
        _ => Err(own("kill")(io::Error::last_os_error())),
    }
}

pub async fn in_order() -> Said {
    let mut first = signal(SignalKind::user_defined1())?;
    let mut second = signal(SignalKind::alarm())?;
    let (sender, receiver) = async_channel::unbounded();
    let task = spawn(async move {
        for _ in 0..3 {
            first.recv().await;
            sender.send("USR1").await.unwrap();
            second.recv().await;
            sender.send("ALRM").await.unwrap();
        }
    });
    let mut order = Vec::new();
    for _ in 0..3 {
        for signal in [libc::SIGUSR1, libc::SIGALRM] {
            yield_now().await;
            raise(signal)?;
            order.push(receiver.recv().await.unwrap());
        }
    }
    task.await?;
    Ok(order.join(" "))
}

pub async fn ctrl_c() -> Said {
    let mut ctrl_c = pin!(buzzer::signal::ctrl_c());
    let raised = async {
        yield_now().await;
        raise(libc::SIGINT)
    };
    buzzer::try_gather!(&mut ctrl_c, raised).await?;
    Ok("came".to_owned())
}
