//! Goes through scripts by their seeds; shrinks one of which the accounts differ.
//!
//! Owns what runs a script in each place, and when it is said to hang: by a limit within the
//! loop, and from outside where the loop is held or the twin hangs.

use crate::caught::message;
use crate::conduct::{Account, conduct};
use crate::door::{self, Door};
use crate::ends::Place;
use crate::generate;
use crate::mail::{self, Mail};
use crate::talk::Talk;
use crate::watch::{PATIENCE, Watch};
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::fmt::{self, Write};
use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
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
    async fn conducted(&self, places: [Place; 2]) -> io::Result<Account> {
        match self {
            Self::Talk(talk) => conduct(talk, places).await,
            Self::Mail(mail) => mail::conduct(mail, places).await,
            Self::Door(door) => door::conduct(door, places).await,
        }
    }
}

/// A mistake on buzzer's side, to see how it is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    None,
    /// A connect, an accept or a bind gives an error that there is no reason for.
    Fails,
    Panics,
    /// A poll doesn't return.
    HoldsTheLoop,
}

impl Fault {
    fn made(self) -> io::Result<()> {
        match self {
            Self::None => Ok(()),
            Self::Fails => Err(io::ErrorKind::AddrInUse.into()),
            Self::Panics => panic!("as planned"),
            Self::HoldsTheLoop => loop {
                thread::park();
            },
        }
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
    fault: Fault,
    patience: Duration,
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
    let conducted = script.conducted([Place::Blocking; 2]);
    futures::executor::block_on(conducted).expect("the system has what it takes")
}

/// What keeps it from being conducted to its end is its account: the twin has shown that the
/// system has what it takes.
fn on_buzzer(script: &Script, places: [Place; 2], limit: Duration, fault: Fault) -> Account {
    let conducts = || {
        let runtime = buzzer::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let conducted = async {
            fault.made()?;
            script.conducted(places).await
        };
        runtime.block_on(async {
            let in_time = buzzer::time::timeout(limit, conducted).await;
            in_time.unwrap_or_else(|_| Ok(vec![HUNG.into()]))
        })
    };
    match catch_unwind(AssertUnwindSafe(conducts)) {
        Ok(Ok(account)) => account,
        Ok(Err(error)) => vec![format!("it can't go on: {error}")],
        Err(thrown) => vec![format!("it panics: {}", message(thrown.as_ref()))],
    }
}

fn difference(script: &Script, limit: Duration, fault: Fault) -> Option<Difference> {
    let expected = twin(script);
    PLACES.into_iter().find_map(|places| {
        let found = on_buzzer(script, places, limit, fault);
        (found != expected).then(|| Difference {
            places,
            expected: expected.clone(),
            found,
        })
    })
}

impl Search {
    /// With this mistake on buzzer's side.
    pub fn new(fault: Fault) -> Self {
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
            fault,
            patience: PATIENCE,
        }
    }

    /// One that takes a script to hang after so long where no account can say so.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
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
        let watch = Watch::new(self.patience, |(seed, script): &(u64, Script)| {
            format!("{script:#?}\n\n{}", again(*seed))
        });
        seeds.find_map(|seed| self.look_at(seed, |script| watch.begins((seed, script.clone()))))
    }

    fn tree(&self, seed: u64) -> Box<dyn ValueTree<Value = Script>> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let tree = self.kind(seed).1.new_tree(&mut runner);
        tree.expect("nothing is rejected")
    }

    /// `begins` is told of each script that is run for this seed.
    fn look_at(&self, seed: u64, begins: impl Fn(&Script)) -> Option<Found> {
        let difference = |script: &Script, limit| {
            begins(script);
            difference(script, limit, self.fault)
        };
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
            "\nThe accounts differ of the script of seed {}; again, and shrunk again:\n\n{}",
            self.seed,
            again(self.seed)
        )
    }
}

/// The command that runs the script of this seed.
fn again(seed: u64) -> String {
    format!("    cargo run --release -p buzzer-random-sockets -- 1 --seed {seed}\n")
}
