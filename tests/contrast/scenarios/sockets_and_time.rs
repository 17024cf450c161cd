//! Sockets among timers and other tasks: what is given up loses nothing, and what
//! is always ready keeps nobody waiting.

use super::*;
use std::io::Read;
use std::net::TcpStream as StdStream;
use tokio::net::TcpStream;

pub fn a_timeout_around_a_read_loses_nothing() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        for _ in 0..3 {
            let read = timeout(ms(10), receive(&mut here)).await;
            note!("in time: {}", read.is_ok());
        }
        there.write_all(b"late").await.unwrap();
        note!("{:?}", receive(&mut here).await);
    })
}

pub fn a_timeout_around_a_write_writes_nothing_more() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        here.writable().await.unwrap();
        let mut filled = 0;
        while let Ok(written) = timeout(ms(10), here.write(&[0; 65_536])).await {
            filled += written.unwrap();
        }
        note!("the socket is full");
        drop(here);
        let received = there.read_to_end(&mut Vec::new()).await.unwrap();
        note!("all that was written has come: {}", received == filled);
    })
}

pub fn a_race_around_accept_loses_no_connection() -> Transcript {
    run(async || {
        let (listener, address) = listener().await;
        let mut accepted = 0;
        let mut clients = Vec::new();
        for round in 0..6 {
            // In every other round a client comes; then the accept must win.
            if round % 2 == 1 {
                clients.push(StdStream::connect(address).unwrap());
                has_come(&listener);
            }
            select! {
                accept = listener.accept() => accepted += u32::from(accept.is_ok()),
                () = sleep(ms(10)) => {}
            }
            note!("{accepted} accepted");
        }
    })
}

pub fn of_two_sockets_the_one_that_has_something_wins() -> Transcript {
    run(async || {
        let (mut first, mut to_first) = connection().await;
        let (mut second, mut to_second) = connection().await;
        for (name, other) in [("second", &mut to_second), ("first", &mut to_first)] {
            other.write_all(name.as_bytes()).await.unwrap();
            select! {
                received = receive(&mut first) => note!("the first has {received:?}"),
                received = receive(&mut second) => note!("the second has {received:?}"),
            }
        }
    })
}

pub fn a_reader_that_is_aborted_leaves_the_data_to_the_next() -> Transcript {
    run(async || {
        let (here, mut there) = connection().await;
        let here = Rc::new(here);
        let waits = here.clone();
        let reader = spawn_local(async move {
            let _noted = NoteOnDrop("the reader");
            waits.readable().await.unwrap();
            note!("never reached");
        });
        yield_now().await;
        reader.abort();
        note!("cancelled: {}", reader.await.unwrap_err().is_cancelled());
        there.write_all(b"coffee").await.unwrap();
        here.readable().await.unwrap();
        note!("read {}", here.try_read(&mut [0; 64]).unwrap());
    })
}

pub fn all_tasks_that_wait_for_one_socket_are_told() -> Transcript {
    run(async || {
        let (here, mut there) = connection().await;
        let here = Rc::new(here);
        let told = Rc::new(Cell::new(0));
        let wait = |_| {
            let (here, told) = (here.clone(), told.clone());
            spawn_local(async move {
                here.readable().await.unwrap();
                told.set(told.get() + 1);
            })
        };
        let tasks: Vec<_> = (0..4).map(wait).collect();
        yield_now().await;
        note!("{} told", told.get());
        there.write_all(b"!").await.unwrap();
        finish(tasks).await;
        note!("{} told", told.get());
    })
}

pub fn a_socket_that_is_always_ready_lets_others_run() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        there.write_all(&[0; 1_000]).await.unwrap();
        here.peek(&mut [0]).await.unwrap();
        let reads = Rc::new(Cell::new(0));
        let counted = reads.clone();
        let reader = spawn_local(async move {
            for _ in 0..1_000 {
                here.read_exact(&mut [0]).await.unwrap();
                counted.set(counted.get() + 1);
            }
        });
        let other = spawn_local(async move {
            note!("the other comes in after {} reads", reads.get());
        });
        finish([reader, other]).await;
    })
}

// Two listeners, since not every system lets more than 128 clients wait at one.
pub fn listeners_that_always_have_clients_let_others_run() -> Transcript {
    run(async || {
        let (first, at_first) = listener().await;
        let (second, at_second) = listener().await;
        let connect = |n: usize| StdStream::connect([at_first, at_second][n % 2]).unwrap();
        let _clients: Vec<_> = (0..200).map(connect).collect();
        has_come(&first);
        has_come(&second);
        let accepts = Rc::new(Cell::new(0));
        let counted = accepts.clone();
        let server = spawn_local(async move {
            for n in 0..200 {
                [&first, &second][n % 2].accept().await.unwrap();
                counted.set(counted.get() + 1);
            }
        });
        let other = spawn_local(async move {
            note!("others come in before the last: {}", accepts.get() < 200);
        });
        finish([server, other]).await;
    })
}

pub fn a_runtime_dropped_with_its_connections_closes_them() -> Transcript {
    with_runtime(|runtime| {
        let client = runtime.block_on(async {
            let (listener, address) = listener().await;
            let client = StdStream::connect(address).unwrap();
            let (mut stream, _) = listener.accept().await.unwrap();
            spawn(async move {
                let _noted = NoteOnDrop("the server");
                note!("{:?}", receive(&mut stream).await);
            });
            yield_now().await;
            client
        });
        drop(runtime);
        let mut end = &client;
        note!("read {}", end.read(&mut [0; 64]).unwrap());
    })
}

pub fn a_connect_that_is_given_up_harms_no_other() -> Transcript {
    run(async || {
        let (listener, address) = listener().await;
        let mut connect = Box::pin(TcpStream::connect(address));
        let _ = poll_fn(|cx| Poll::Ready(connect.as_mut().poll(cx))).await;
        drop(connect);
        let next = StdStream::connect(address).unwrap();
        loop {
            let (mut stream, peer) = listener.accept().await.unwrap();
            if peer == next.local_addr().unwrap() {
                break;
            }
            // The one given up may have come this far; it is closed then.
            assert_eq!(receive(&mut stream).await, Ok(String::new()));
        }
        note!("the next client is served");
    })
}
