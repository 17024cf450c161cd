//! What is kept, what serves again, and what goes to the allocator.

use std::cell::{Cell, RefCell};
use std::marker::PhantomPinned;
use std::rc::Rc;

use super::*;

/// Blocks that this thread has kept.
fn kept() -> usize {
    let mut count = 0;
    KEPT.with(|kept| {
        for blocks in &kept.blocks {
            let mut next = blocks.get();
            while let Some(block) = next {
                count += 1;
                // SAFETY: by rule 1 it is there.
                next = unsafe { block.read() }.0;
            }
        }
    });
    count
}

fn address<T: ?Sized>(value: &Recycled<T>) -> usize {
    value.0.cast::<u8>().addr().get()
}

#[test]
fn what_is_left_serves_the_next_of_its_size_the_last_first() {
    keep();
    let [first, second] = [1_u64, 2].map(|number| Recycled::new(|| [number; 5]));
    let [one, two] = [address(&first), address(&second)];
    drop(first);
    drop(second);
    assert_eq!(kept(), 2);
    let other = Recycled::new(|| [0_u64; 6]);
    assert!(![one, two].contains(&address(&other)), "another size");
    let again = [3_u64, 4].map(|number| Recycled::new(|| [number; 5]));
    assert_eq!(again.each_ref().map(address), [two, one]);
    assert_eq!(again.each_ref().map(|value| value[4]), [3, 4]);
    drop((other, again));
    give_back();
    assert_eq!(kept(), 0);
}

#[test]
fn nothing_is_kept_before_the_first_runtime_and_after_the_last() {
    drop(Recycled::new(|| 1_u64));
    assert_eq!(kept(), 0);
    keep();
    let late = Recycled::new(|| 2_u64);
    give_back();
    drop(late);
    assert_eq!(kept(), 0);
}

#[test]
fn what_another_thread_ends_is_kept_by_neither_if_that_has_no_runtime() {
    struct Sent(NonNull<[u64; 5]>);
    // SAFETY: it leads to numbers, and to nothing of a thread.
    unsafe impl Send for Sent {}

    keep();
    let sent = Sent(Recycled::new(|| [7; 5]).into_raw());
    let ended = std::thread::spawn(move || {
        let Sent(value) = { sent };
        // SAFETY: it is from `into_raw`, and was sent here whole.
        let value = unsafe { Recycled::from_raw(value) };
        let sum: u64 = value.iter().sum();
        drop(value);
        (sum, kept())
    });
    assert_eq!(ended.join().unwrap(), (35, 0));
    assert_eq!(kept(), 0);
    give_back();
}

#[test]
fn what_is_too_large_too_aligned_or_too_much_goes_to_the_allocator() {
    #[repr(align(16))]
    struct Aligned([u8; 64]);

    keep();
    drop(Recycled::new(|| [0_u8; LARGEST + 8]));
    let aligned = Recycled::new(|| Aligned([7; 64]));
    assert_eq!(aligned.deref().0[0], 7);
    drop(aligned);
    assert_eq!(kept(), 0);
    let many: Vec<_> = (0..MOST / 64 + 9)
        .map(|_| Recycled::new(|| [0_u64; 8]))
        .collect();
    drop(many);
    assert_eq!(kept(), MOST / 64);
    give_back();
}

#[test]
fn a_pinned_one_may_do_what_a_pinned_box_may() {
    fn may<T: Send + UnwindSafe>(_: &T) {}
    // Neither `Sync` nor `RefUnwindSafe`.
    let value = Cell::new(7);
    let pinned = (Recycled::pin(value.clone()), Box::pin(value));
    may(&pinned);
    assert_eq!(pinned.0.get(), pinned.1.get());
}

#[test]
fn what_is_small_or_of_no_size_has_memory_that_serves_again() {
    #[repr(align(16))]
    struct AlignedOnly;

    keep();
    drop(Recycled::new(|| 7_u8));
    assert_eq!(*Recycled::new(|| 7_u32), 7);
    drop(Recycled::new(|| ()));
    assert_eq!(kept(), 1, "the same block");
    drop(Recycled::new(|| AlignedOnly));
    drop(Recycled::new(|| [0_u8; 17]));
    drop(Recycled::new(|| [0_u64; 3]));
    assert_eq!(kept(), 2);
    give_back();
}

#[test]
fn what_is_pinned_stays_where_it_is_and_a_large_one_where_its_box_had_it() {
    keep();
    let small = Recycled::pin(PhantomPinned);
    let at: *const _ = &*small;
    let moved = [small];
    assert!(std::ptr::eq(at, &*moved[0]));
    drop(moved);
    assert_eq!(kept(), 1);
    let large = Box::pin([3_u8; LARGEST + 1]);
    let at: *const _ = &*large;
    let large = Recycled::of_box(large);
    assert!(std::ptr::eq(at, &*large) && large[LARGEST] == 3);
    drop(large);
    assert_eq!(kept(), 1);
    give_back();
}

#[test]
fn a_size_that_finds_no_room_has_all_of_another_given_up() {
    keep();
    let of_one_size: Vec<_> = (0..MOST / 64)
        .map(|_| Recycled::new(|| [0_u64; 8]))
        .collect();
    drop(of_one_size);
    assert_eq!(kept(), MOST / 64);
    drop(Recycled::new(|| [0_u64; 3]));
    assert_eq!(kept(), 1, "the other size's is kept");
    give_back();
    assert_eq!((kept(), KEPT.with(|kept| kept.room.get())), (0, 0));
}

#[test]
fn the_memory_is_left_though_the_making_or_the_drop_panics() {
    struct Loud(#[allow(dead_code, reason = "it makes it larger")] u64);
    impl Drop for Loud {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    keep();
    let made = std::panic::catch_unwind(|| drop(Recycled::<[u64; 3]>::new(|| panic!("made"))));
    assert!(made.is_err());
    assert_eq!(kept(), 1);
    let value = Recycled::new(|| Loud(1));
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(value)));
    assert!(dropped.is_err());
    assert_eq!(kept(), 2);
    give_back();
}

#[test]
fn a_value_is_seen_as_a_trait_object_and_dropped_once() {
    trait Says {
        fn says(&self) -> usize;
    }
    struct Counts(Rc<RefCell<usize>>);
    impl Says for Counts {
        fn says(&self) -> usize {
            *self.0.borrow()
        }
    }
    impl Drop for Counts {
        fn drop(&mut self) {
            *self.0.borrow_mut() += 1;
        }
    }

    let drops = Rc::new(RefCell::new(0));
    let value = Recycled::new(|| Counts(drops.clone()));
    // SAFETY: it is the pointer that it gets.
    let seen = unsafe { value.unsize::<dyn Says>(|value| value) };
    assert_eq!(seen.says(), 0);
    // SAFETY: it was made of a `Counts`.
    let known = unsafe { seen.cast::<Counts>() };
    assert_eq!(known.says(), 0);
    drop(known);
    assert_eq!(*drops.borrow(), 1);
}
