//! UDP: what is sent may be lost, so whoever wants an answer asks again.
//!
//!     cargo run --example sonar
//!     cargo run --example sonar -- --paused    (on a clock that takes no time)
//!
//! A boat calls three buoys at once and gives each three times 50 ms. One answers, one
//! misses the first call, one lies on the ground. The three calls borrow the list of buoys:
//! they are tasks of a scope, which ends when the last of them has.
//!
//! Next: chat, where what is sent arrives, in order, and goes to many.

mod common;

use std::env;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use buzzer::net::UdpSocket;
use buzzer::runtime::Builder;
use buzzer::task::AbortHandle;
use buzzer::time::timeout;
use buzzer::{scope, spawn};
use common::{ended, say, usage};

const PATIENCE: Duration = Duration::from_millis(50);
const CALLS: usize = 3;

struct Buoy {
    name: &'static str,
    address: SocketAddr,
    /// It hears calls until it is aborted.
    task: AbortHandle,
}

/// A buoy that misses so many calls, and answers all others.
async fn buoy(name: &'static str, misses: usize) -> io::Result<Buoy> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let address = socket.local_addr()?;
    let task = spawn(async move {
        let mut call = [0; 16];
        let mut heard = 0;
        while let Ok((length, from)) = socket.recv_from(&mut call).await {
            heard += 1;
            if heard > misses && socket.send_to(&call[..length], from).await.is_err() {
                break;
            }
        }
    });
    let task = task.abort_handle();
    Ok(Buoy {
        name,
        address,
        task,
    })
}

/// Which of the calls was answered.
async fn call(buoy: &Buoy) -> io::Result<Option<usize>> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    // Others' datagrams are dropped by the kernel from here on.
    socket.connect(buoy.address).await?;
    let mut answer = [0; 16];
    for number in 1..=CALLS {
        socket.send(b"ping").await?;
        // Of a receive that is given up nothing is lost: it has received nothing.
        if let Ok(received) = timeout(PATIENCE, socket.recv(&mut answer)).await {
            received?;
            return Ok(Some(number));
        }
    }
    Ok(None)
}

async fn cruise() -> io::Result<()> {
    let buoys = [
        buoy("Anna", 0).await?,
        buoy("Bella", 1).await?,
        buoy("Carla", usize::MAX).await?,
    ];
    let answers = scope(async |at_once| {
        let calls = buoys.each_ref().map(|buoy| at_once.spawn(call(buoy)));
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await??);
        }
        io::Result::Ok(answers)
    });
    for (buoy, answer) in buoys.iter().zip(answers.await?) {
        let name = buoy.name;
        match answer {
            Some(call) => say(format_args!("{name} answers call {call}."))?,
            None => say(format_args!("{name} does not answer."))?,
        }
        buoy.task.abort();
    }
    Ok(())
}

fn main() -> ExitCode {
    let is_paused = match env::args_os().nth(1) {
        None => false,
        Some(argument) if argument == "--paused" => true,
        Some(_) => return usage("[--paused]"),
    };
    let runtime = Builder::new_current_thread()
        .start_paused(is_paused)
        .build();
    ended(runtime.and_then(|runtime| runtime.block_on(cruise())))
}
