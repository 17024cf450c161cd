//! Goes through scripts by their seeds; shrinks one of which the accounts differ.
//!
//! Owns what runs a script in each place, and when it is said to hang.

use crate::conduct::{Account, conduct};
use crate::door::{self, Door};
use crate::ends::Place;
use crate::generate;
use crate::mail::{self, Mail};
use crate::talk::Talk;
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::fmt::{self, Write};
use std::ops::Range;
use std::sync::mpsc;
use std::time::Duration;

/// A script of any kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Script {
    Talk(Talk),
    Mail(Mail),
    Door(Door),
}

/// What a script is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    Unix,
    Tcp,
    Pipes,
    Mail,
    Door,
}

impl Script {
    async fn conducted(&self, places: [Place; 2]) -> Account {
        let account = match self {
            Self::Talk(talk) => conduct(talk, places).await,
            Self::Mail(mail) => mail::conduct(mail, places).await,
            Self::Door(door) => door::conduct(door, places).await,
        };
        account.expect("the system has what it takes")
    }
}

/// What the twin is held against.
const PLACES: [[Place; 2]; 3] = [
    [Place::Buzzer, Place::Buzzer],
    [Place::Buzzer, Place::Blocking],
    [Place::Blocking, Place::Buzzer],
];

/// Who takes longer for what takes milliseconds hangs. It decides nothing else.
const HANGS_AFTER: Duration = Duration::from_secs(30);
/// While one that hangs is made smaller.
const STILL_HANGS_AFTER: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Search {
    /// Each seed's kind is by its remainder.
    kinds: Vec<(About, BoxedStrategy<Script>)>,
}

/// A script of which an account differs from the twin's.
#[derive(Debug)]
pub struct Found {
    pub seed: u64,
    pub smallest: Script,
    accounts: Difference,
}

#[derive(Debug)]
struct Difference {
    places: [Place; 2],
    expected: Account,
    found: Account,
}

impl Difference {
    fn hangs(&self) -> bool {
        self.found == [HUNG]
    }
}

const HUNG: &str = "it hangs";

/// By blocking calls alone, with nothing of buzzer running.
fn twin(script: &Script) -> Account {
    futures::executor::block_on(script.conducted([Place::Blocking; 2]))
}

fn on_buzzer(script: &Script, places: [Place; 2], limit: Duration) -> Account {
    let runtime = buzzer::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("the system has what it takes");
    let conducted = buzzer::time::timeout(limit, script.conducted(places));
    runtime
        .block_on(conducted)
        .unwrap_or_else(|_| vec![HUNG.into()])
}

fn difference(script: &Script, limit: Duration) -> Option<Difference> {
    let expected = twin(script);
    PLACES.into_iter().find_map(|places| {
        let found = on_buzzer(script, places, limit);
        (found != expected).then(|| Difference {
            places,
            expected: expected.clone(),
            found,
        })
    })
}

impl Search {
    #[expect(clippy::new_without_default, reason = "it is a search, and no value")]
    pub fn new() -> Self {
        let talk = |links| generate::talk(links).prop_map(Script::Talk).boxed();
        let unix = talk(generate::unix());
        let tcp = talk(generate::tcp());
        Self {
            kinds: vec![
                (About::Unix, unix.clone()),
                (About::Mail, generate::mail().prop_map(Script::Mail).boxed()),
                (About::Tcp, tcp.clone()),
                (About::Door, generate::door().prop_map(Script::Door).boxed()),
                (About::Pipes, talk(generate::pipes())),
                (About::Unix, unix),
                (About::Tcp, tcp),
            ],
        }
    }

    /// The first of these of which an account differs, as small as it can be made.
    pub fn first_of(&self, seeds: Range<u64>) -> Option<Found> {
        self.first(seeds.into_iter())
    }

    /// The same, of those alone that are about this.
    pub fn first_about(&self, about: About, seeds: Range<u64>) -> Option<Found> {
        let seeds = seeds.into_iter();
        self.first(seeds.filter(|seed| self.kind(*seed).0 == about))
    }

    fn kind(&self, seed: u64) -> &(About, BoxedStrategy<Script>) {
        &self.kinds[seed as usize % self.kinds.len()]
    }

    fn first(&self, mut seeds: impl Iterator<Item = u64>) -> Option<Found> {
        let alive = watch();
        seeds.find_map(|seed| {
            alive.send(seed).expect("the watch waits for the last");
            self.look_at(seed)
        })
    }

    fn tree(&self, seed: u64) -> Box<dyn ValueTree<Value = Script>> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let tree = self.kind(seed).1.new_tree(&mut runner);
        tree.expect("nothing is rejected")
    }

    fn look_at(&self, seed: u64) -> Option<Found> {
        let mut tree = self.tree(seed);
        let mut smallest = tree.current();
        let mut accounts = difference(&smallest, HANGS_AFTER)?;
        let limit = match accounts.hangs() {
            true => STILL_HANGS_AFTER,
            false => HANGS_AFTER,
        };
        // What still differs is made simpler; what does not, less simple again.
        let mut differs = true;
        while if differs {
            tree.simplify()
        } else {
            tree.complicate()
        } {
            let script = tree.current();
            let found = difference(&script, limit);
            differs = found.is_some();
            if let Some(found) = found {
                (smallest, accounts) = (script, found);
            }
        }
        Some(Found {
            seed,
            smallest,
            accounts,
        })
    }
}

/// Ends the process where no account could be given: the twin hangs, or the loop is held.
/// It is told of each seed that begins, and ends with the sender.
fn watch() -> mpsc::Sender<u64> {
    let (alive, seeds) = mpsc::channel();
    std::thread::spawn(move || {
        let mut last = None;
        loop {
            match seeds.recv_timeout(20 * HANGS_AFTER) {
                Ok(seed) => last = Some(seed),
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    eprintln!("the script of seed {last:?} does not come to an end");
                    std::process::abort();
                }
            }
        }
    });
    alive
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference {
            places,
            expected,
            found,
        } = &self.accounts;
        writeln!(f, "The script:\n\n{:#?}\n", self.smallest)?;
        writeln!(f, "By blocking calls, and on {places:?}:\n")?;
        let width = expected.iter().map(|line| line.chars().count()).max();
        let width = width.unwrap_or(0);
        for row in 0..expected.len().max(found.len()) {
            let cell = |account: &Account| account.get(row).cloned().unwrap_or_default();
            let (left, right) = (cell(expected), cell(found));
            let mark = if left == right { ' ' } else { '!' };
            let mut line = String::new();
            write!(line, "{mark} {left:width$} | {right}")?;
            writeln!(f, "{}", line.trim_end())?;
        }
        write!(
            f,
            "\nThe accounts differ of the script of seed {0}; again, and shrunk again:\n\n    \
             cargo run --release -p buzzer-random-sockets -- 1 --seed {0}\n",
            self.seed
        )
    }
}
