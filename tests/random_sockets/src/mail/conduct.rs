//! Conducts a conversation in datagrams, step by step.

use super::boxes::{Address, Received, Socket};
use super::{Late, Mail, Post, ReceiveBy, SendBy, Step};
use crate::conduct::Account;
use crate::ends::{Place, on_a_thread};
use crate::pattern::stretch;
use crate::system::{told, wait_for};
use futures::future::join;
use rustix::event::PollFlags;
use std::io;
use std::os::unix::net::UnixDatagram;

/// The sockets, and by which names they are told.
struct Sockets {
    ends: [Socket; 2],
    stranger: Option<Socket>,
    addresses: Vec<Address>,
    connected: [bool; 2],
    sent: u64,
}

/// # Errors
///
/// What the system says where no conversation is part of it.
pub async fn conduct(mail: &Mail, places: [Place; 2]) -> io::Result<Account> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let (ends, stranger) = match mail.post {
        Post::UnixPair => {
            let (first, second) = UnixDatagram::pair()?;
            let first = Socket::of_std(first, places[0])?;
            ([first, Socket::of_std(second, places[1])?], None)
        }
        post => {
            let first = Socket::bound(post, places[0], &path("first")).await?;
            let second = Socket::bound(post, places[1], &path("second")).await?;
            let stranger = Socket::bound(post, Place::Blocking, &path("stranger")).await?;
            ([first, second], Some(stranger))
        }
    };
    let all = ends.iter().chain(&stranger);
    let addresses: Vec<_> = all.map(Socket::address).collect::<Result<_, _>>()?;
    let mut sockets = Sockets {
        ends,
        stranger,
        addresses,
        connected: [mail.post == Post::UnixPair; 2],
        sent: 0,
    };
    let mut account = Account::new();
    for step in mail.steps() {
        let line = sockets.step(&step).await;
        account.push(format!("{step:?}: {line}"));
    }
    if !mail.late.is_empty() && mail.post != Post::UnixPath {
        account.extend(sockets.late(mail).await?);
    }
    Ok(account)
}

fn told_of<T: std::fmt::Debug>(outcome: io::Result<T>) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => told(&error),
    }
}

impl Sockets {
    async fn step(&mut self, step: &Step) -> String {
        match *step {
            Step::Send(from, length, by) => told_of(self.send(from, length, by).await),
            Step::Stranger(to, length) => {
                let bytes = self.next(length);
                let stranger = self.stranger.as_ref().expect("a pair has none");
                let sent = stranger.send(&bytes, Some(&self.addresses[to]), SendBy::Send);
                told_of(sent.await)
            }
            Step::Receive(at, room, by) => {
                let received = self.ends[at].receive(room as usize, by).await;
                self.told(received)
            }
            Step::Meet {
                at,
                room,
                by,
                length,
            } => {
                let socket = self.ends[at].clone();
                let receives = async {
                    match socket.is_blocking() {
                        true => on_a_thread(move || socket.receive_now(room as usize, by)).await,
                        false => socket.receive(room as usize, by).await,
                    }
                };
                let sends = self.send(1 - at, length, SendBy::Send);
                let (received, sent) = join(receives, sends).await;
                format!("{}, {}", told_of(sent), self.told(received))
            }
            Step::Connect(end) => {
                let outcome = self.ends[end].connect(&self.addresses[1 - end]).await;
                self.connected[end] = true;
                told_of(outcome)
            }
            Step::Nothing(at) => told_of(self.ends[at].try_receive(10)),
        }
    }

    /// Each datagram's bytes are others.
    fn next(&mut self, length: u32) -> Vec<u8> {
        let bytes = stretch(self.sent, length as usize);
        self.sent += u64::from(length) + 1;
        bytes
    }

    async fn send(&mut self, from: usize, length: u32, by: SendBy) -> io::Result<usize> {
        let bytes = self.next(length);
        let to = (!self.connected[from]).then(|| &self.addresses[1 - from]);
        self.ends[from].send(&bytes, to, by).await
    }

    fn told(&self, received: Received) -> String {
        let (bytes, from) = match received {
            Ok(received) => received,
            Err(error) => return told(&error),
        };
        let from = from.map(|from| {
            let known = self.addresses.iter().position(|address| *address == from);
            known.map_or("nobody known", |known| {
                ["first", "second", "stranger"][known]
            })
        });
        // Of the bytes the first and the last, and their sum, say which they are.
        let sum: u64 = bytes.iter().map(|&byte| u64::from(byte)).sum();
        let ends = (bytes.first(), bytes.last());
        format!("{} bytes {ends:?} {sum} from {from:?}", bytes.len())
    }

    /// The second end closes its socket, and the first goes on.
    async fn late(self, mail: &Mail) -> io::Result<Account> {
        if !self.connected[0] {
            self.ends[0].connect(&self.addresses[1]).await?;
        }
        let [first, second] = self.ends;
        // What has come before is of no interest any more.
        let dont_wait = rustix::net::RecvFlags::DONTWAIT;
        while rustix::net::recv(&first, &mut [0; 1], dont_wait).is_ok() {}
        drop(second);
        let is_udp = mail.post == Post::Udp;
        let mut is_refused = false;
        let mut account = Account::new();
        for &late in &mail.late {
            let outcome = match late {
                Late::Send(length) | Late::TrySend(length) => {
                    let by = match late {
                        Late::Send(_) => SendBy::Send,
                        _ => SendBy::TrySend,
                    };
                    let sent = first.send(&vec![0; length.into()], None, by).await;
                    // It is answered that nobody is there; the error takes the answer.
                    is_refused = is_udp && sent.is_ok();
                    if is_refused {
                        wait_for(&first, PollFlags::empty())?;
                    }
                    told_of(sent)
                }
                // Or it would wait for ever.
                Late::Receive if !is_refused => continue,
                Late::Receive => {
                    is_refused = false;
                    told_of(first.receive(10, ReceiveBy::Receive).await)
                }
                Late::TryReceive if is_refused => continue,
                Late::TryReceive => told_of(first.try_receive(10)),
            };
            account.push(format!("{late:?}: {outcome}"));
        }
        Ok(account)
    }
}
