//! A week of virtual time.
//!
//! Owns the command `week`: so many sleeping tasks on a paused clock, some of which are reset
//! or aborted on the way, also in the tick that fires them. Who fires, when, and in which
//! order is what `model.rs` says, to the nanosecond. In the end no timer is armed, and the
//! memory is given back.
//!
//! - `model.rs`: the script, and what has to come of it

mod model;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use buzzer::runtime::{Builder, Runtime};
use buzzer::task::AbortHandle;
use buzzer::time::{Instant, Sleep, sleep_until};

use crate::memory::{self, Bytes, Since};
use crate::settle::settle;
use crate::watch::Watch;
use model::{Action, Step, Week};

/// What a timer may take at the most: its task and its slot, its place in the heap and in the
/// run queue, and this program's handles to it; all of their tables may be a half larger, and
/// are two while they grow.
const EACH: usize = 256;

/// What may be left when all timers and the runtime are gone.
const LEFT: usize = 16 << 10;

/// Longer than any deadline is away.
const LONG: Duration = Duration::from_secs(100 * 365 * 24 * 3_600);

pub fn run(timers: u64) {
    let Week {
        first,
        steps,
        fired,
        resets,
        aborts,
    } = model::draw(timers);
    let (steps_made, expected) = (steps.len(), fired.len());
    let watch = Watch::begin(|| "while the week went by".to_owned());
    let before = Since::now();
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .build()
        .unwrap();
    let account = Rc::new(Account {
        began: runtime.block_on(async { Instant::now() }),
        fired,
        so_far: Cell::default(),
        differs: RefCell::default(),
    });
    let timers = runtime.block_on(go_through(account.clone(), first, steps));
    settle(&runtime);
    if let Some(differs) = account.differs.take() {
        panic!("{differs}");
    }
    assert_eq!(account.so_far.get(), expected, "how many have fired");
    let (most, made) = (before.most(), timers.len());
    timers.iter().for_each(|timer| timer.task.abort());
    settle(&runtime);
    drop(timers);
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    check_none_is_armed(&runtime);
    let (turns, kept) = (runtime.metrics().turns(), before.bytes());
    drop(runtime);
    watch.end();
    memory::check("at the most", most, EACH * made + LEFT);
    memory::check("after the runtime", before.bytes(), LEFT);
    println!(
        "{turns} turns, {} kept by the runtime when no timer was left",
        Bytes(kept)
    );
    println!(
        "figure: {made} timers in a week, {expected} fired in their order and to the nanosecond, \
         {resets} resets, {aborts} aborts in {steps_made} steps, at most {}",
        Bytes(most)
    );
}

/// What has happened, beside what has to.
struct Account {
    began: Instant,
    fired: Vec<(u32, u64)>,
    so_far: Cell<usize>,
    /// The first difference. A panic would be that of one task.
    differs: RefCell<Option<String>>,
}

impl Account {
    fn fires(&self, timer: u32) {
        let at = self.began.elapsed().as_nanos() as u64;
        let place = self.so_far.replace(self.so_far.get() + 1);
        let expected = self.fired.get(place);
        if expected != Some(&(timer, at)) && self.differs.borrow().is_none() {
            let differs = format!(
                "the {place}th to fire was timer {timer} at {at} ns, and was to be {expected:?}"
            );
            self.differs.replace(Some(differs));
        }
    }

    fn moment(&self, nanos: u64) -> Instant {
        self.began + Duration::from_nanos(nanos)
    }
}

struct Timer {
    sleep: Rc<RefCell<Sleep>>,
    task: AbortHandle,
}

/// Makes the timer of this number, and the task that sleeps by it.
fn spawn(account: &Rc<Account>, number: usize, deadline: u64) -> Timer {
    let sleep = Rc::new(RefCell::new(sleep_until(account.moment(deadline))));
    let task = buzzer::spawn({
        let (account, sleep) = (account.clone(), sleep.clone());
        async move {
            poll_fn(|cx| Pin::new(&mut *sleep.borrow_mut()).poll(cx)).await;
            account.fires(number as u32);
        }
    });
    let task = task.abort_handle();
    Timer { sleep, task }
}

/// The task that does the steps; gives all timers that there were.
async fn go_through(account: Rc<Account>, first: Vec<u64>, steps: Vec<Step>) -> Vec<Timer> {
    let deadlines = first.into_iter().enumerate();
    let mut timers: Vec<_> = deadlines.map(|(n, at)| spawn(&account, n, at)).collect();
    let meddler = buzzer::spawn(async move {
        for Step { at, actions } in steps {
            sleep_until(account.moment(at)).await;
            assert_eq!(account.began.elapsed().as_nanos() as u64, at);
            for action in actions {
                match action {
                    Action::Spawn(deadline) => timers.push(spawn(&account, timers.len(), deadline)),
                    Action::Reset(timer, deadline) => {
                        let mut sleep = timers[timer as usize].sleep.borrow_mut();
                        Pin::new(&mut *sleep).reset(account.moment(deadline));
                    }
                    Action::Abort(timer) => timers[timer as usize].task.abort(),
                }
            }
            if account.differs.borrow().is_some() {
                break;
            }
        }
        timers
    });
    meddler.await.unwrap()
}

/// A paused clock jumps to the next deadline, or to the end of the wait if there is none.
fn check_none_is_armed(runtime: &Runtime) {
    let now = || {
        let _entered = runtime.enter();
        Instant::now()
    };
    let before = now();
    // Having been entered, it goes round once more before it jumps.
    settle(runtime);
    runtime.turn(Some(LONG)).unwrap();
    assert_eq!(now() - before, LONG, "a timer was armed still");
}
