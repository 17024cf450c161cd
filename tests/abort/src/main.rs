//! Panics in the place that its argument names; without one, uses every part of the
//! runtime and says what came of it.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use buzzer::io::{AsyncReadExt as _, AsyncWriteExt as _};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::runtime::Runtime;
use buzzer::sync::{Notify, oneshot};
use buzzer::task::{self, spawn_blocking, yield_now};
use buzzer::time::{sleep, timeout};
use buzzer::{fs, gather, scope};

struct PanicsInDrop(&'static str);

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("{} panics", self.0);
    }
}

struct PanicsInWake;

impl Wake for PanicsInWake {
    fn wake(self: Arc<Self>) {
        panic!("the waker panics");
    }
}

/// What every place below has beside it: a job that runs, a sleep, and one that waits.
fn company() {
    drop(spawn_blocking(|| {
        std::thread::park_timeout(Duration::from_secs(60))
    }));
    drop(task::spawn(sleep(Duration::from_secs(60))));
    drop(task::spawn(pending::<()>()));
}

async fn panics_in(place: &str) {
    company();
    match place {
        "task" => task::spawn(async { panic!("the task panics") })
            .await
            .unwrap(),
        "job" => spawn_blocking(|| panic!("the job panics")).await.unwrap(),
        "main" => panic!("the main future panics"),
        "future" => {
            let task = task::spawn(async {
                let _guard = PanicsInDrop("the future's drop");
                pending::<()>().await;
            });
            yield_now().await;
            task.abort();
            let _aborted = task.await;
        }
        "output" => {
            let task = task::spawn(async { PanicsInDrop("the output's drop") });
            yield_now().await;
            drop(task);
            yield_now().await;
        }
        "waker" => {
            let bell = Notify::new();
            let mut told = Box::pin(bell.notified());
            let waker = Waker::from(Arc::new(PanicsInWake));
            let first = told.as_mut().poll(&mut Context::from_waker(&waker));
            assert_eq!(first, Poll::Pending);
            bell.notify_one();
        }
        "gather" => {
            let branches: Vec<Pin<Box<dyn Future<Output = ()>>>> = vec![
                Box::pin(sleep(Duration::from_secs(60))),
                Box::pin(async { panic!("the branch panics") }),
            ];
            gather(branches).await;
        }
        "scope" => {
            scope(async |scope| {
                drop(scope.spawn(async { panic!("the child panics") }));
            })
            .await;
        }
        "timeout" => {
            let looks = poll_fn(|_| -> Poll<()> { panic!("the limited future panics") });
            let _ended = timeout(Duration::from_secs(60), looks).await;
        }
        _ => panic!("no such place: {place}"),
    }
    unreachable!("a panic went by: {place}");
}

async fn uses_every_part() -> std::io::Result<()> {
    let (sender, receiver) = oneshot::channel();
    let task = task::spawn(async move {
        sleep(Duration::from_millis(1)).await;
        sender.send("a task, a timer").unwrap();
    });
    println!("{}", receiver.await.unwrap());
    task.await.unwrap();
    println!("{}", spawn_blocking(|| "a job").await.unwrap());
    let file = fs::read_to_string("/proc/self/comm").await?;
    println!("a file: {}", file.trim_end());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (served, asked) = gather!(
        async {
            let (mut stream, _) = listener.accept().await?;
            stream.write_all(b"a socket").await
        },
        async {
            let mut said = String::new();
            let mut stream = TcpStream::connect(address).await?;
            stream.read_to_string(&mut said).await?;
            Ok::<_, std::io::Error>(said)
        },
    )
    .await;
    served?;
    println!("{}", asked?);
    let given_up = task::spawn(pending::<()>());
    given_up.abort();
    println!("an abort: {}", given_up.await.unwrap_err().is_cancelled());
    Ok(())
}

fn main() -> std::io::Result<()> {
    let runtime = Runtime::new()?;
    match std::env::args().nth(1) {
        Some(place) => runtime.block_on(panics_in(&place)),
        None => runtime.block_on(uses_every_part())?,
    }
    Ok(())
}
