//! What the processes of the crowd tell of each session, and whether the two accounts agree.
//!
//! Owns the form of a record, which one write to a pipe carries whole, so that a process that
//! is killed leaves no half of one; and the book in which both sides are compared.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;

use super::stream::{End, Plan, TRAILER};

/// Of a session's number the bits that count within its process.
const OF_PROCESS: u32 = 40;

const SIZE: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    pub session: u64,
    pub received: u64,
    pub sent: u64,
    pub ended: Ended,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    Clean,
    /// Closed or reset by the client before the end.
    Cut,
    /// Before the server has read its number.
    Nameless,
}

/// The number of a session.
pub fn session(process: u64, count: u64) -> u64 {
    process << OF_PROCESS | count
}

impl Record {
    /// Says it to who has started this process.
    pub fn tell(self) {
        let ended = match self.ended {
            Ended::Clean => 0,
            Ended::Cut => 1,
            Ended::Nameless => 2,
        };
        let words: [u64; 4] = [self.session, self.received, self.sent, ended];
        let mut bytes = [0; SIZE];
        for (place, word) in bytes.chunks_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        let written = rustix::io::write(rustix::stdio::stdout(), &bytes);
        assert_eq!(
            written,
            Ok(SIZE),
            "who has started this process reads what it tells"
        );
    }

    /// The next that a process has told; `None` at its end.
    pub fn read(from: &mut impl Read) -> Option<Self> {
        let mut bytes = [0; SIZE];
        from.read_exact(&mut bytes).ok()?;
        let word = |at: usize| u64::from_le_bytes(bytes[8 * at..][..8].try_into().unwrap());
        Some(Self {
            session: word(0),
            received: word(1),
            sent: word(2),
            ended: match word(3) {
                0 => Ended::Clean,
                1 => Ended::Cut,
                _ => Ended::Nameless,
            },
        })
    }
}

/// Both accounts.
#[derive(Default)]
pub struct Book {
    /// What one side has told, and the other has not yet.
    by_client: HashMap<u64, Record>,
    by_server: HashMap<u64, Record>,
    killed: BTreeSet<u64>,
    pub clean: u64,
    pub cut: u64,
    pub nameless: u64,
    pub bytes: u64,
}

impl Book {
    pub fn client_says(&mut self, record: Record) {
        match self.by_server.remove(&record.session) {
            Some(servers) => self.agree(record, servers),
            None => assert_eq!(self.by_client.insert(record.session, record), None, "twice"),
        }
    }

    pub fn server_says(&mut self, record: Record) {
        match self.by_client.remove(&record.session) {
            _ if record.ended == Ended::Nameless => self.nameless += 1,
            Some(clients) => self.agree(clients, record),
            None => assert_eq!(self.by_server.insert(record.session, record), None, "twice"),
        }
    }

    pub fn is_killed(&mut self, process: u64) {
        self.killed.insert(process);
    }

    fn agree(&mut self, client: Record, server: Record) {
        let plan = Plan::of(client.session);
        let (length, all) = (plan.length, plan.length + TRAILER as u64);
        let both = format!("{plan:?}: the client says {client:?}, the server {server:?}");
        assert_eq!(client.ended, server.ended, "{both}");
        match plan.end {
            End::Clean => {
                assert_eq!((client.sent, client.received), (length, all), "{both}");
                assert_eq!((server.received, server.sent), (length, all), "{both}");
                self.clean += 1;
            }
            End::Closed(_) | End::Reset(_) => {
                assert!(server.received <= client.sent, "{both}");
                assert!(client.received <= server.sent, "{both}");
                self.cut += 1;
            }
        }
        self.bytes += client.received + server.received;
    }

    /// When all have ended: what one side alone has told is of processes that were killed.
    /// Gives how many those are.
    pub fn close(&self, most_killed: u64) -> u64 {
        assert!(
            self.by_client.is_empty(),
            "the server knows nothing of {:?}",
            self.by_client
        );
        for record in self.by_server.values() {
            let process = record.session >> OF_PROCESS;
            assert!(
                self.killed.contains(&process),
                "its client has not told of {record:?}"
            );
            assert!(record.received <= Plan::of(record.session).length);
        }
        let left = self.by_server.len() as u64 + self.nameless;
        assert!(
            left <= most_killed,
            "{left} sessions of {most_killed} connections killed"
        );
        left
    }
}
