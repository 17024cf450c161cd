//! A future of a megabyte on a thread with a small stack: nothing on its way to its
//! place holds it more than once. Every move by value is a copy in a debug build, and
//! the second would not fit. And when it has ended, its state goes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::Poll;
use std::thread;

use buzzer::runtime::{Handle, Runtime};
use buzzer::task::yield_now;

const MIB: usize = 1 << 20;

/// A megabyte of state over an await.
async fn large() -> u8 {
    let state = [1_u8; MIB];
    yield_now().await;
    black_box(&state)[MIB - 1]
}

/// Runs `body` on a stack that has room for the caller's own temporary, one move of a
/// megabyte, and half a megabyte for all the rest. An overflow ends the process, and
/// says in which test.
fn with_room_for_one_move(body: fn()) {
    with_stack(2 * MIB + MIB / 2, body);
}

fn with_stack(bytes: usize, body: fn()) {
    let test = thread::current().name().unwrap_or_default().to_owned();
    let thread = thread::Builder::new().name(test).stack_size(bytes);
    thread.spawn(body).unwrap().join().unwrap();
}

#[test]
fn a_spawned_future_is_moved_once() {
    with_room_for_one_move(|| {
        buzzer::block_on(async { assert_eq!(buzzer::spawn(large()).await.unwrap(), 1) });
    });
}

#[test]
fn a_named_future_is_moved_once() {
    with_room_for_one_move(|| {
        buzzer::block_on(async {
            let task = buzzer::task::Builder::new().name("large").spawn(large());
            assert_eq!(task.unwrap().await.unwrap(), 1);
        });
    });
}

#[test]
fn a_future_spawned_on_the_runtime_is_moved_once() {
    with_room_for_one_move(|| {
        let runtime = Runtime::new().unwrap();
        let task = runtime.spawn(large());
        assert_eq!(runtime.block_on(task).unwrap(), 1);
    });
}

#[test]
fn a_future_spawned_by_a_handle_is_moved_once_within_and_outside_the_runtime() {
    with_room_for_one_move(|| {
        let runtime = Runtime::new().unwrap();
        let task = runtime.handle().spawn(large());
        assert_eq!(runtime.block_on(task).unwrap(), 1);
    });
    with_room_for_one_move(|| {
        buzzer::block_on(async {
            let task = Handle::current().spawn(large());
            assert_eq!(task.await.unwrap(), 1);
        });
    });
}

#[test]
fn a_future_given_to_block_on_is_moved_once() {
    with_room_for_one_move(|| assert_eq!(buzzer::block_on(large()), 1));
    with_room_for_one_move(|| assert_eq!(Runtime::new().unwrap().block_on(large()), 1));
    with_room_for_one_move(|| assert_eq!(buzzer::testing::run(large()), 1));
}

#[test]
fn a_child_of_a_scope_is_moved_once() {
    with_room_for_one_move(|| {
        let ended = buzzer::scope(async |s| s.spawn(large()).await.unwrap());
        assert_eq!(buzzer::block_on(ended), 1);
    });
}

#[test]
fn the_futures_of_a_gather_take_no_more_than_two_moves() {
    with_stack(4 * MIB, || {
        buzzer::block_on(async {
            let gathered = buzzer::gather!(large(), async { 2 });
            assert!(size_of_val(&gathered) < 1024, "it holds them by value");
            assert_eq!(gathered.await, (1, 2));
        });
    });
    with_stack(4 * MIB, || {
        buzzer::block_on(async {
            let gathered = buzzer::try_gather!(async { Ok::<_, ()>(large().await) });
            assert_eq!(gathered.await, Ok((1,)));
        });
    });
    with_stack(4 * MIB, || {
        buzzer::block_on(async { assert_eq!(buzzer::race!(large(), async { 2 }).await, 2) });
    });
    // What an iterator does on its way here is std's, and twice as much.
    with_stack(6 * MIB, || {
        buzzer::block_on(async {
            assert_eq!(buzzer::gather((0..3).map(|_| large())).await, [1, 1, 1]);
        });
    });
}

#[test]
fn a_closure_of_spawn_blocking_is_moved_once() {
    // One megabyte more: the closure is made of an array in the caller's frame.
    with_stack(3 * MIB + MIB / 2, || {
        let runtime = Runtime::new().unwrap();
        let state = [1_u8; MIB];
        let job = runtime.spawn_blocking(move || black_box(&state)[MIB - 1]);
        assert_eq!(runtime.block_on(job).unwrap(), 1);
    });
    with_stack(3 * MIB + MIB / 2, || {
        buzzer::block_on(async {
            let state = [1_u8; MIB];
            let job = buzzer::task::spawn_blocking(move || black_box(&state)[MIB - 1]);
            assert_eq!(job.await.unwrap(), 1);
        });
    });
    with_stack(3 * MIB + MIB / 2, || {
        buzzer::block_on(async {
            let state = [1_u8; MIB];
            let job = Handle::current().spawn_blocking(move || black_box(&state)[MIB - 1]);
            assert_eq!(job.await.unwrap(), 1);
        });
    });
}

/// Counts the bytes that each thread holds, as far as it gave them back itself.
struct Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: Everything is the system allocator's; only counts are kept beside it, in a
// thread-local without a destructor, which needs no memory itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.set(LIVE.get() + layout.size() as isize);
        // SAFETY: The caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - layout.size() as isize);
        // SAFETY: The caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What a thousand ended tasks of so many bytes keep for each while their handles
/// are there, with an output of a byte.
fn kept<const STATE: usize>(aborted: bool) -> isize {
    const TASKS: usize = 1_000;
    let runtime = Runtime::new().unwrap();
    let before = LIVE.get();
    let tasks: Vec<_> = (0..TASKS)
        .map(|n| {
            runtime.spawn(async move {
                let state = [n as u8; STATE];
                yield_now().await;
                if aborted {
                    pending::<()>().await;
                }
                black_box(&state)[0]
            })
        })
        .collect();
    runtime.block_on(async {
        for _ in 0..4 * TASKS / 128 {
            yield_now().await;
        }
        if aborted {
            tasks.iter().for_each(|task| task.abort());
            for _ in 0..2 * TASKS / 128 {
                yield_now().await;
            }
        }
    });
    assert!(tasks.iter().all(|task| task.is_finished()));
    (LIVE.get() - before) / TASKS as isize
}

#[test]
fn an_ended_task_keeps_its_output_and_not_its_state() {
    for aborted in [false, true] {
        // A slot of the table, the cell of a small task, and its handle.
        let small = kept::<1>(aborted);
        assert!(small < 400, "{small}");
        for large in [kept::<1_000>(aborted), kept::<64_000>(aborted)] {
            assert!(
                large <= small + 32,
                "{large} bytes, where a small one keeps {small}"
            );
        }
        let medium = kept::<200>(aborted);
        assert!(medium <= small + 300, "{medium}");
    }
}

#[test]
fn a_child_of_a_gather_gives_its_state_back_at_its_end() {
    with_stack(4 * MIB, || {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let before = LIVE.get();
            let mut rest = pin!(buzzer::gather!(large(), pending::<()>()));
            for _ in 0..3 {
                assert!(
                    poll_fn(|cx| Poll::Ready(rest.as_mut().poll(cx)))
                        .await
                        .is_pending()
                );
                yield_now().await;
            }
            let kept = LIVE.get() - before;
            assert!(kept < 10_000, "{kept}");
        });
    });
}
