//! The server of the crowd.
//!
//! Owns the process that answers: it sends back what it receives, and knows of each byte what
//! it has to be. A connection is served in one of three ways: by one task that reads and
//! writes; by two tasks and a channel between them; by hand, with `try_read` and `try_write`.
//! Each has a limit of time that every read puts off. In the end nothing may be left.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::runtime::Runtime;
use buzzer::sync::{Notify, mpsc};
use buzzer::time::{sleep, timeout};
use fastrand::Rng;
use rustix::net::sockopt::{set_socket_send_buffer_size, set_tcp_nodelay};
use socket2::SockRef;

use super::records::{Ended, Record};
use super::stream::{HELLO, Plan, TRAILER};
use crate::memory::{self, Bytes, Since};
use crate::opened::Opened;
use crate::watch;

/// Never over within a run; armed and disarmed by each read.
const LIMIT: Duration = Duration::from_secs(3_600);

/// What a connection may have left behind in tables that serve again: the slots of two tasks,
/// a source, a timer, its place in the run queue. Tables grow by doubling.
const KEPT: usize = 512;
const LEFT: usize = 64 << 10;

/// What is read at once at the most.
const CHUNK: usize = 2_048;

/// What the connections share.
#[derive(Default)]
struct Crowd {
    alive: Cell<usize>,
    most: Cell<usize>,
    accepted: Cell<u64>,
    /// The last one has left.
    empty: Notify,
}

/// One connection, while it is served.
struct Served(Rc<Crowd>);

impl Served {
    fn begin(crowd: &Rc<Crowd>) -> Self {
        let alive = crowd.alive.get() + 1;
        crowd.alive.set(alive);
        crowd.most.set(crowd.most.get().max(alive));
        crowd.accepted.set(crowd.accepted.get() + 1);
        Self(crowd.clone())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let alive = self.0.alive.get() - 1;
        self.0.alive.set(alive);
        if alive == 0 {
            self.0.empty.notify_one();
        }
    }
}

/// Serves on so many addresses, whose list is the first line that it says, until who connects
/// to the first of them hangs up.
pub fn serve(listeners: u64) {
    super::end_by_any_panic();
    let before = Since::now();
    let opened = Opened::now();
    let runtime = Runtime::new().unwrap();
    let crowd = Rc::<Crowd>::default();
    runtime.block_on(until_told(&crowd, listeners));
    assert_eq!(runtime.metrics().num_alive_tasks(), 0, "tasks are left");
    let (most, kept, alive) = (before.most(), before.bytes(), crowd.most.get());
    let tables = KEPT * alive.next_power_of_two();
    memory::check("when all have left", kept, tables + LEFT);
    drop(runtime);
    let accepted = crowd.accepted.get();
    drop(crowd);
    memory::check("after the runtime", before.bytes(), LEFT);
    watch::until("the end of the threads", || Opened::now() == opened);
    eprintln!(
        "the server: {accepted} connections accepted, {alive} at a time at the most, {} then, {} \
         when all had left, {} after the runtime",
        Bytes(most),
        Bytes(kept),
        Bytes(before.bytes())
    );
}

async fn until_told(crowd: &Rc<Crowd>, listeners: u64) {
    let mut bound = Vec::new();
    let mut addresses = Vec::new();
    for host in 1..=listeners + 1 {
        let listener = TcpListener::bind((format!("127.0.0.{host}"), 0))
            .await
            .unwrap();
        // As by a network, not of 64 KiB: pieces that a small buffer has room for.
        SockRef::from(&listener).set_tcp_mss(1_400).unwrap();
        addresses.push(listener.local_addr().unwrap().to_string());
        bound.push(listener);
    }
    println!("{}", addresses.join(" "));
    let control = bound.remove(0);
    let mut told = control.accept().await.unwrap().0;
    // The runtime has a descriptor for deadlines from the first one on.
    sleep(Duration::from_millis(1)).await;
    let opened = Opened::now();
    let listening = bound.into_iter().enumerate().map(|(number, listener)| {
        let crowd = crowd.clone();
        buzzer::spawn(async move {
            let mut rng = Rng::with_seed(number as u64);
            loop {
                let stream = listener.accept().await.unwrap().0;
                set_tcp_nodelay(&stream, true).unwrap();
                if rng.bool() {
                    // So that many writes are partial.
                    set_socket_send_buffer_size(&stream, 1 << 12).unwrap();
                }
                buzzer::spawn(connection(stream, Served::begin(&crowd), rng.fork()));
            }
        })
    });
    let listening: Vec<_> = listening.collect();
    let sockets = listening.len();
    assert_eq!(told.read(&mut [0]).await.unwrap(), 0, "it hangs up");
    while crowd.alive.get() > 0 {
        crowd.empty.notified().await;
    }
    for task in listening {
        task.abort();
        assert!(task.await.is_err_and(|error| error.is_cancelled()));
    }
    let now = Opened::now();
    assert_eq!(
        now.descriptors,
        opened.descriptors - sockets,
        "descriptors are left"
    );
    // Of those before, the first look saw one task's listener or none.
    assert!(now.watched <= opened.watched, "sources are left");
}

async fn connection(mut stream: TcpStream, served: Served, mut rng: Rng) {
    let mut hello = [0; HELLO];
    let named = timeout(LIMIT, stream.read_exact(&mut hello)).await.unwrap();
    let mut account = Account::default();
    let (session, ended) = match named {
        Err(_) => (0, Ended::Nameless),
        Ok(_) => {
            let session = u64::from_le_bytes(hello);
            account.plan = Some(Plan::of(session));
            let served = match rng.u32(..3) {
                0 => by_one_task(stream, &mut account, &mut rng).await,
                1 => by_two_tasks(stream, &mut account).await,
                _ => by_hand(stream, &mut account, &mut rng).await,
            };
            match served.is_ok() && account.is_whole() {
                true => (session, Ended::Clean),
                false => (session, Ended::Cut),
            }
        }
    };
    let Account { received, sent, .. } = account;
    Record {
        session,
        received,
        sent,
        ended,
    }
    .tell();
    drop(served);
}

/// How far a session has come, as the server sees it.
#[derive(Default)]
struct Account {
    plan: Option<Plan>,
    received: u64,
    sent: u64,
}

impl Account {
    fn plan(&self) -> Plan {
        self.plan.expect("it has said its number")
    }

    /// Checks what was received.
    fn receives(&mut self, bytes: &[u8]) {
        self.plan().check(self.received, bytes);
        self.received += bytes.len() as u64;
        assert!(self.received <= self.plan().length, "{:?}", self.plan);
    }

    /// Whether the client has sent all there is, and not closed before.
    fn is_whole(&self) -> bool {
        self.received == self.plan().length
            && self.sent == self.received + TRAILER as u64
            && !self.plan().is_over(u64::MAX)
    }
}

async fn by_one_task(mut stream: TcpStream, its: &mut Account, rng: &mut Rng) -> io::Result<()> {
    let mut buffer = [0; CHUNK];
    loop {
        let room = rng.usize(1..=CHUNK);
        let read = timeout(LIMIT, stream.read(&mut buffer[..room]))
            .await
            .unwrap()?;
        if read == 0 {
            break;
        }
        its.receives(&buffer[..read]);
        let mut left = &buffer[..read];
        while !left.is_empty() {
            let written = stream.write(left).await?;
            its.sent += written as u64;
            left = &left[written..];
        }
    }
    finish(&mut stream, its).await
}

async fn by_two_tasks(stream: TcpStream, its: &mut Account) -> io::Result<()> {
    let (mut reads, mut writes) = stream.into_split();
    let (send, mut chunks) = mpsc::channel::<Vec<u8>>(2);
    let writer = buzzer::spawn(async move {
        let mut sent = 0;
        while let Some(chunk) = chunks.recv().await {
            let mut left = &chunk[..];
            while !left.is_empty() {
                match writes.write(left).await {
                    Ok(written) => {
                        sent += written as u64;
                        left = &left[written..];
                    }
                    Err(error) => return (sent, Err(error)),
                }
            }
        }
        (sent, Ok(writes))
    });
    let mut read_all = Ok(());
    loop {
        let mut chunk = vec![0; CHUNK];
        match timeout(LIMIT, reads.read(&mut chunk)).await.unwrap() {
            Ok(0) => break,
            Ok(read) => {
                chunk.truncate(read);
                its.receives(&chunk);
                if send.send(chunk).await.is_err() {
                    break;
                }
            }
            Err(error) => {
                read_all = Err(error);
                break;
            }
        }
    }
    drop(send);
    let (sent, writes) = writer.await.unwrap();
    its.sent += sent;
    read_all?;
    finish(&mut reads.reunite(writes?).unwrap(), its).await
}

async fn by_hand(mut stream: TcpStream, its: &mut Account, rng: &mut Rng) -> io::Result<()> {
    let mut buffer = [0; CHUNK];
    // What of the buffer is to be sent still.
    let mut left = 0..0;
    let mut has_ended = false;
    while !has_ended || !left.is_empty() {
        if left.is_empty() {
            timeout(LIMIT, stream.readable()).await.unwrap()?;
            match stream.try_read(&mut buffer[..rng.usize(1..=CHUNK)]) {
                Ok(0) => has_ended = true,
                Ok(read) => {
                    its.receives(&buffer[..read]);
                    left = 0..read;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        } else {
            stream.writable().await?;
            match stream.try_write(&buffer[left.clone()]) {
                Ok(written) => {
                    its.sent += written as u64;
                    left.start += written;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
    finish(&mut stream, its).await
}

/// The client has sent its last.
async fn finish(stream: &mut TcpStream, its: &mut Account) -> io::Result<()> {
    if its.received == its.plan().length {
        stream.write_all(&its.plan().trailer()).await?;
        its.sent += TRAILER as u64;
        stream.shutdown().await?;
    }
    Ok(())
}
