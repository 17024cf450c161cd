//! Which programs there are, as proptest's strategies.
//!
//! Owns what a program may contain, of each promise. The comment at each omission says
//! which documented difference it avoids.

use program::{AwayEnd, Body, Conduit, Fate, FileStep, JobFate, Limiter, Program};
use program::{Promise, SetEnd, Step};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use std::sync::Arc;

/// Small, so that deadlines meet; and some across the levels of a timer wheel. Equal
/// deadlines end in the order of arming: buzzer promises that, and tokio has done it in
/// every program so far. Whole milliseconds, to which tokio rounds.
fn time() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 0..4u32, 2 => 4..70u32, 1 => 70..5_000u32]
}

fn body(step: impl Strategy<Value = Step> + 'static) -> BoxedStrategy<Body> {
    vec(step, 0..5).prop_map(Arc::new).boxed()
}

/// Steps without steps within.
fn leaf() -> BoxedStrategy<Step> {
    use Step::*;
    // The first are the simplest: a failure shrinks towards them.
    let tasks = prop_oneof![
        3 => Just(Wake),
        4 => time().prop_map(Sleep),
        3 => any::<u8>().prop_map(Await),
        1 => any::<u8>().prop_map(Detach),
        2 => any::<u8>().prop_map(Abort),
        1 => any::<u8>().prop_map(IsFinished),
        1 => Just(Panic),
        1 => (time().prop_map(|time| time + 1), 1..4u8).prop_map(|(time, count)| Tick(time, count)),
    ];
    let queues = prop_oneof![
        4 => any::<u8>().prop_map(Send),
        2 => any::<u8>().prop_map(TrySend),
        4 => any::<u8>().prop_map(Receive),
        2 => any::<u8>().prop_map(TryReceive),
        1 => any::<u8>().prop_map(CloseChannel),
        1 => any::<u8>().prop_map(AwaitClosed),
        2 => Just(Broadcast),
        3 => any::<u8>().prop_map(HearBroadcast),
        2 => any::<u8>().prop_map(SendOnce),
        2 => any::<u8>().prop_map(ReceiveOnce),
    ];
    let bells = prop_oneof![
        4 => any::<u8>().prop_map(Notified),
        3 => any::<u8>().prop_map(NotifyOne),
        2 => any::<u8>().prop_map(NotifyLast),
        1 => any::<u8>().prop_map(NotifyWaiters),
        3 => Just(Meet),
        2 => Just(SetWatch),
        2 => Just(WatchChanged),
        3 => Just(AddPermit),
        1 => Just(CloseSemaphore),
    ];
    Union::new_weighted(vec![
        (4, tasks.boxed()),
        (3, queues.boxed()),
        (3, bells.boxed()),
    ])
    .boxed()
}

fn set_end() -> impl Strategy<Value = SetEnd> {
    prop_oneof![
        Just(SetEnd::AwaitAll),
        Just(SetEnd::AwaitOneThenDrop),
        Just(SetEnd::AbortAllThenAwait),
        Just(SetEnd::Shutdown),
        Just(SetEnd::Detach),
    ]
}

fn around(step: BoxedStrategy<Step>) -> BoxedStrategy<Step> {
    use Step::*;
    let one = body(step);
    let some = vec(one.clone(), 1..4).boxed();
    prop_oneof![
        6 => one.clone().prop_map(Spawn),
        3 => (time(), one.clone()).prop_map(|(time, body)| Timeout(time, body)),
        5 => (any::<u8>(), one.clone()).prop_map(|(number, body)| Lock(number, body)),
        1 => (any::<u8>(), one.clone()).prop_map(|(number, body)| TryLock(number, body)),
        1 => one.clone().prop_map(Read),
        1 => one.clone().prop_map(Write),
        1 => one.clone().prop_map(Downgrade),
        1 => (any::<u8>(), one.clone()).prop_map(|(number, body)| Reserve(number, body)),
        2 => (any::<u8>(), one.clone()).prop_map(|(number, body)| Acquire(number, body)),
        1 => one.clone().prop_map(Initialise),
        1 => one.clone().prop_map(Local),
        1 => some.clone().prop_map(Join),
        1 => some.clone().prop_map(Gather),
        1 => some.clone().prop_map(Select),
        1 => some.clone().prop_map(Race),
        1 => (some, set_end()).prop_map(|(all, end)| Set(all, end)),
    ]
    .boxed()
}

/// Programs whose whole order is promised. Without `yield_now`, after which tokio has tasks
/// come back in reverse, and without what other threads do.
pub fn ordered() -> BoxedStrategy<Program> {
    let step = leaf().prop_recursive(3, 24, 3, |step| {
        Union::new_weighted(vec![(2, leaf()), (3, around(step))]).boxed()
    });
    let tasks = vec(body(step), 1..5);
    tasks
        .prop_map(|tasks| Program {
            promise: Promise::Order,
            seed: None,
            tasks,
        })
        .boxed()
}

/// Sleeps are multiples of this many milliseconds where limits are below it: see
/// [`numbered`].
const LONG: u32 = 1 << 24;

fn quiet_leaf() -> BoxedStrategy<Step> {
    use Step::*;
    prop_oneof![
        3 => Just(Yield),
        2 => Just(Wake),
        4 => (0..4u32).prop_map(|times| Sleep(times * LONG)),
        1 => any::<u8>().prop_map(Add),
        1 => any::<u8>().prop_map(Enter),
    ]
    .boxed()
}

fn conduit() -> BoxedStrategy<Conduit> {
    use Conduit::*;
    let here = vec![Mpsc, Unbounded, Broadcast, OneShot, Duplex];
    let outside = vec![
        UnixStream,
        UnixDatagram,
        Tcp,
        Udp,
        Pipe,
        FromThread,
        FromJob,
    ];
    let costly = vec![Cat, FromRuntime];
    prop_oneof![
        12 => select(here),
        6 => select(outside),
        1 => select(costly),
    ]
    .boxed()
}

fn job_fate() -> impl Strategy<Value = JobFate> {
    select(vec![JobFate::Await, JobFate::Detach, JobFate::Abort])
}

fn away_end() -> impl Strategy<Value = AwayEnd> {
    use AwayEnd::*;
    select(vec![Await, Detach, Abort, Leave])
}

fn file_step() -> impl Strategy<Value = FileStep> {
    use FileStep::*;
    let number = || 0..20u8;
    prop_oneof![
        4 => number().prop_map(Write),
        3 => number().prop_map(Read),
        1 => Just(ReadToEnd),
        3 => number().prop_map(Seek),
        2 => number().prop_map(SeekFromEnd),
        2 => number().prop_map(SetLen),
        1 => Just(Length),
    ]
}

/// Without panics and aborts among branches: which of them were polled before, depends on
/// turns.
fn alone_leaf() -> BoxedStrategy<Step> {
    use Step::*;
    let flow = (conduit(), 0..4u8, body(quiet_leaf()), body(quiet_leaf()));
    prop_oneof![
        60 => quiet_leaf(),
        20 => flow.prop_map(|(conduit, count, first, second)| Flow(conduit, count, first, second)),
        4 => (any::<u8>(), job_fate()).prop_map(|(number, fate)| Job(number, fate)),
        1 => vec(job_fate(), 0..6).prop_map(JobQueue),
        1 => (0..5u8, set_end()).prop_map(|(count, end)| JobSet(count, end)),
        2 => vec(file_step(), 0..10).prop_map(File),
        1 => any::<u8>().prop_map(Process),
        1 => (any::<u8>(), away_end()).prop_map(|(number, end)| OtherRuntime(number, end)),
    ]
    .boxed()
}

fn alone_around(step: BoxedStrategy<Step>) -> BoxedStrategy<Step> {
    use Step::*;
    let one = body(step);
    let some = vec(one.clone(), 1..4).boxed();
    let fate = select(vec![Fate::Await, Fate::Detach, Fate::Panic, Fate::Abort(1)]);
    let limiter = select(vec![Limiter::Timeout, Limiter::Select, Limiter::Race]);
    prop_oneof![
        4 => (one.clone(), one.clone(), fate).prop_map(|(first, second, fate)| Child(first, second, fate)),
        3 => (limiter, one.clone()).prop_map(|(limiter, body)| Limit(limiter, 1, body)),
        1 => one.prop_map(Local),
        1 => some.clone().prop_map(Join),
        1 => some.prop_map(Gather),
    ]
    .boxed()
}

/// Gives each limit a bit of its own among the milliseconds below [`LONG`]. A time is a sum
/// along a chain of sleeps and limits, so when one ends nothing else can happen but what
/// it causes: equal deadlines, which decide by turns, are avoided.
fn numbered(steps: &Body, next: &mut u32) -> Body {
    let steps = steps.iter().map(|step| {
        use Step::*;
        let time = 1u32.checked_shl(*next).filter(|bit| *bit < LONG);
        if let Child(_, _, Fate::Abort(_)) | Limit(..) = step {
            *next += 1;
        }
        let mut inner = |body: &Body| numbered(body, next);
        match step {
            Child(first, second, Fate::Abort(_)) => {
                let fate = time.map_or(Fate::Await, Fate::Abort);
                Child(inner(first), inner(second), fate)
            }
            Child(first, second, fate) => Child(inner(first), inner(second), *fate),
            Limit(limiter, _, body) => match time {
                Some(time) => Limit(*limiter, time, inner(body)),
                None => Local(inner(body)),
            },
            Local(body) => Local(inner(body)),
            Join(all) => Join(all.iter().map(inner).collect()),
            Gather(all) => Gather(all.iter().map(inner).collect()),
            other => other.clone(),
        }
    });
    Arc::new(steps.collect())
}

/// Programs of which only the order within each strand is promised: with yields, which
/// tokio hands back in reverse, with the system, and with what other threads do.
pub fn alone() -> BoxedStrategy<Program> {
    let step = alone_leaf().prop_recursive(3, 16, 3, |step| {
        Union::new_weighted(vec![(2, alone_leaf()), (3, alone_around(step))]).boxed()
    });
    let programs = (option::of(any::<u64>()), vec(body(step), 1..4));
    let programs = programs.prop_map(|(seed, tasks)| {
        let mut next = 0;
        let tasks = tasks.iter().map(|steps| numbered(steps, &mut next));
        Program {
            promise: Promise::Strands,
            seed,
            tasks: tasks.collect(),
        }
    });
    programs.boxed()
}
