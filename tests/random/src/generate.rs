//! Which programs there are, as proptest's strategies.
//!
//! Owns what a program may contain, of each promise. The comment at each omission says
//! which documented difference it avoids.

use program::{Body, Program, Promise, SetEnd, Step};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;
use std::sync::Arc;

/// Small, so that deadlines meet; and some across the levels of a timer wheel.
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
        (2, bells.boxed()),
    ])
    .boxed()
}

fn around(step: BoxedStrategy<Step>) -> BoxedStrategy<Step> {
    use Step::*;
    let one = body(step);
    let some = vec(one.clone(), 1..4).boxed();
    let end = prop_oneof![
        Just(SetEnd::AwaitAll),
        Just(SetEnd::AwaitOneThenDrop),
        Just(SetEnd::AbortAllThenAwait),
        Just(SetEnd::Shutdown),
        Just(SetEnd::Detach),
    ];
    prop_oneof![
        6 => one.clone().prop_map(Spawn),
        3 => (time(), one.clone()).prop_map(|(time, body)| Timeout(time, body)),
        3 => (any::<u8>(), one.clone()).prop_map(|(number, body)| Lock(number, body)),
        1 => (any::<u8>(), one.clone()).prop_map(|(number, body)| TryLock(number, body)),
        1 => one.clone().prop_map(Read),
        1 => one.clone().prop_map(Write),
        2 => (any::<u8>(), one.clone()).prop_map(|(number, body)| Acquire(number, body)),
        1 => one.clone().prop_map(Initialise),
        1 => one.clone().prop_map(Local),
        1 => some.clone().prop_map(Join),
        1 => some.clone().prop_map(Gather),
        1 => some.clone().prop_map(Select),
        1 => some.clone().prop_map(Race),
        1 => (some, end).prop_map(|(all, end)| Set(all, end)),
    ]
    .boxed()
}

/// Programs whose whole order is promised.
pub fn ordered() -> BoxedStrategy<Program> {
    let step = leaf().prop_recursive(3, 24, 3, |step| {
        Union::new_weighted(vec![(2, leaf()), (3, around(step))]).boxed()
    });
    let tasks = vec(body(step), 1..5);
    tasks
        .prop_map(|tasks| Program {
            promise: Promise::Order,
            tasks,
        })
        .boxed()
}
