//! The client of the crowd: one source, on two runtimes.
//!
//! Owns the sessions of a process that awaits. Whoever includes it says what `runtime` is.

use std::io;
use std::sync::Arc;

use fastrand::Rng;

use super::runtime::io::{AsyncReadExt, AsyncWriteExt, Interest};
use super::runtime::net::TcpStream;
use super::runtime::runtime::Builder;
use super::runtime::spawn;
use super::runtime::task::yield_now;
use crate::crowd::caller::Caller;
use crate::crowd::records::{Ended, Record};
use crate::crowd::stream::{Echo, End, Manner, Plan};

/// Holds so many connections, session after session, until it is told to finish.
pub fn call(caller: Caller, connections: u64) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let caller = Arc::new(caller);
    runtime.block_on(async {
        let calls = (0..connections).map(|_| spawn(calls(caller.clone())));
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap();
        }
    });
}

async fn calls(caller: Arc<Caller>) {
    while let Some((plan, address)) = caller.next() {
        let stream = TcpStream::connect(address).await.unwrap();
        caller.prepare(&stream, &plan);
        let mut rng = Rng::with_seed(!plan.session);
        let done = match plan.manner {
            Manner::Lockstep => lockstep(stream, plan, &mut rng).await,
            Manner::Flood => flood(stream, plan, &mut rng).await,
            Manner::Slow => slow(stream, plan, &mut rng).await,
        };
        let (sent, echo) = done.unwrap_or_else(|error| panic!("{plan:?}: {error}"));
        let ended = match plan.end {
            End::Clean => Ended::Clean,
            End::Closed(_) | End::Reset(_) => Ended::Cut,
        };
        Record {
            session: plan.session,
            received: echo.received(),
            sent,
            ended,
        }
        .tell();
        // Who has many short ones lets the others come to their turn.
        yield_now().await;
    }
}

type Done = io::Result<(u64, Echo)>;

/// A piece of what is to be sent next.
fn piece(plan: &Plan, sent: u64, rng: &mut Rng) -> Vec<u8> {
    let size = rng.u64(1..8_192).min(plan.length - sent);
    let mut piece = vec![0; size as usize];
    plan.fill(sent, &mut piece);
    piece
}

/// Reads until the end, or until it is to close.
async fn read_on(
    stream: &mut (impl AsyncReadExt + Unpin),
    echo: &mut Echo,
    until: u64,
    rng: &mut Rng,
) -> io::Result<()> {
    let mut buffer = [0; 4_096];
    while echo.received() < until && !echo.is_over() {
        let room = rng.usize(1..=buffer.len());
        let read = stream.read(&mut buffer[..room]).await?;
        echo.take(&buffer[..read]);
        if read == 0 {
            break;
        }
    }
    Ok(())
}

async fn lockstep(mut stream: TcpStream, plan: Plan, rng: &mut Rng) -> Done {
    let (mut sent, mut echo) = (0, Echo::of(plan));
    stream.write_all(&plan.hello()).await?;
    while sent < plan.length {
        let piece = piece(&plan, sent, rng);
        stream.write_all(&piece).await?;
        sent += piece.len() as u64;
        read_on(&mut stream, &mut echo, sent, rng).await?;
        if echo.is_over() {
            return Ok((sent, echo));
        }
    }
    stream.shutdown().await?;
    read_on(&mut stream, &mut echo, u64::MAX, rng).await?;
    Ok((sent, echo))
}

async fn flood(stream: TcpStream, plan: Plan, rng: &mut Rng) -> Done {
    let (mut reads, mut writes) = stream.into_split();
    let mut echo = Echo::of(plan);
    let mut its_rng = rng.fork();
    let writer = spawn(async move {
        let mut sent = 0;
        writes.write_all(&plan.hello()).await?;
        while sent < plan.length {
            let piece = piece(&plan, sent, &mut its_rng);
            writes.write_all(&piece).await?;
            sent += piece.len() as u64;
        }
        writes.shutdown().await?;
        io::Result::Ok(sent)
    });
    read_on(&mut reads, &mut echo, u64::MAX, rng).await?;
    if echo.is_over() {
        writer.abort();
        let _ = writer.await;
        // How far it has come nobody knows.
        return Ok((plan.length, echo));
    }
    Ok((writer.await.unwrap()?, echo))
}

async fn slow(mut stream: TcpStream, plan: Plan, rng: &mut Rng) -> Done {
    let (mut sent, mut echo) = (0, Echo::of(plan));
    stream.write_all(&plan.hello()).await?;
    while sent < plan.length {
        let piece = piece(&plan, sent, rng);
        // Never for room alone: the server makes none as long as nobody reads what it says.
        let ready = stream
            .ready(Interest::READABLE | Interest::WRITABLE)
            .await?;
        let written = match ready.is_writable() {
            true => stream.try_write(&piece),
            false => Err(io::ErrorKind::WouldBlock.into()),
        };
        match written {
            Ok(written) => sent += written as u64,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let some = echo.received() + rng.u64(1..300);
                read_on(&mut stream, &mut echo, some.min(sent), rng).await?;
            }
            Err(error) => return Err(error),
        }
        if echo.is_over() {
            return Ok((sent, echo));
        }
        if sent == echo.received() {
            continue;
        }
        if rng.u32(..64) == 0 {
            yield_now().await;
        }
    }
    stream.shutdown().await?;
    read_on(&mut stream, &mut echo, u64::MAX, rng).await?;
    Ok((sent, echo))
}
