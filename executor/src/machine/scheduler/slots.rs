//! The slots of a table, and which of them are vacant.
//!
//! Owns where the next guest goes. `table.rs` takes a slot for each; whoever ends one vacates
//! its slot here. `slot.rs` says what a slot holds.
//!
//! A vector, and a list through its vacant slots, the one that was vacated last first: its
//! memory is the likeliest to be in a cache. It is not `slab`, for a guest is written word by
//! word where it lies: made on the stack and moved in, its words were loaded two at a time
//! right after they had been stored one by one, and processors wait for such stores. A vacant
//! slot has a generation that no number has, so who looks a number up need not ask for more.

use std::mem;
use std::ops::{Index, IndexMut};

use super::slot::{Guest, Slot, State};

/// Of a vacant slot: generations have 24 bits.
const VACANT: u32 = u32::MAX;

pub(super) struct Slots {
    slots: Vec<Slot>,
    /// The first vacant slot; how many slots there are if none is.
    vacant: usize,
    /// How many are not vacant.
    len: usize,
}

impl Slots {
    pub(super) fn new() -> Self {
        Self {
            slots: Vec::new(),
            vacant: 0,
            len: 0,
        }
    }

    /// How many have a guest.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// A vacant slot, for the caller to fill: its generation first of all.
    #[inline]
    pub(super) fn take(&mut self) -> (usize, &mut Slot) {
        let index = self.vacant;
        if index == self.slots.len() {
            self.grow();
        }
        let slot = &mut self.slots[index];
        let Guest::Nobody { next } = slot.guest else {
            unreachable!("a vacant slot has no guest");
        };
        self.vacant = next as usize;
        self.len += 1;
        (index, slot)
    }

    /// Adds one vacant slot. Room for more comes by quarters: of a million tasks the room
    /// that doubling leaves would be the most of what they weigh.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let count = self.slots.len();
        if count == self.slots.capacity() {
            self.slots.reserve_exact((count / 4).max(16));
        }
        let next = count as u32 + 1;
        self.slots.push(Slot {
            generation: VACANT,
            state: State::Done,
            abort: false,
            has_handle: false,
            guest: Guest::Nobody { next },
        });
    }

    /// Makes a slot vacant; gives the guest that it had.
    #[inline]
    pub(super) fn vacate(&mut self, index: usize) -> Guest {
        let slot = &mut self.slots[index];
        debug_assert_ne!(slot.generation, VACANT, "a slot is vacated once");
        slot.generation = VACANT;
        let next = mem::replace(&mut self.vacant, index) as u32;
        self.len -= 1;
        mem::replace(&mut slot.guest, Guest::Nobody { next })
    }

    /// The slot of this index, which may be vacant.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&Slot> {
        self.slots.get(index)
    }

    /// See [`get`](Self::get).
    #[inline]
    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Slot> {
        self.slots.get_mut(index)
    }

    /// Those that have a guest.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Slot)> {
        let slots = self.slots.iter().enumerate();
        slots.filter(|(_, slot)| slot.generation != VACANT)
    }

    /// See [`iter`](Self::iter).
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut Slot)> {
        let slots = self.slots.iter_mut().enumerate();
        slots.filter(|(_, slot)| slot.generation != VACANT)
    }
}

impl Index<usize> for Slots {
    type Output = Slot;

    #[inline]
    fn index(&self, index: usize) -> &Slot {
        &self.slots[index]
    }
}

impl IndexMut<usize> for Slots {
    #[inline]
    fn index_mut(&mut self, index: usize) -> &mut Slot {
        &mut self.slots[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(slots: &mut Slots, position: u32) -> usize {
        let (index, slot) = slots.take();
        slot.generation = position;
        slot.guest = Guest::Child { group: 0, position };
        index
    }

    #[test]
    fn a_slot_serves_again_the_last_vacated_first_and_the_others_keep_their_guests() {
        let mut slots = Slots::new();
        let taken: Vec<_> = (0..5).map(|position| fill(&mut slots, position)).collect();
        assert_eq!(taken, [0, 1, 2, 3, 4]);
        for index in [1, 3] {
            let guest = slots.vacate(index);
            assert!(matches!(guest, Guest::Child { position, .. } if position as usize == index));
        }
        assert_eq!(slots.len(), 3);
        let left: Vec<_> = slots
            .iter()
            .map(|(index, slot)| (index, slot.generation))
            .collect();
        assert_eq!(left, [(0, 0), (2, 2), (4, 4)]);
        let again = [5, 6, 7].map(|position| fill(&mut slots, position));
        assert_eq!(again, [3, 1, 5]);
        assert_eq!(slots.len(), 6);
    }

    #[test]
    fn a_vacant_slot_has_no_numbers_generation() {
        let mut slots = Slots::new();
        fill(&mut slots, 7);
        slots.vacate(0);
        assert!(slots.get(0).is_some_and(|slot| slot.generation > 1 << 24));
        assert!(slots.get(1).is_none());
    }

    #[test]
    fn there_is_room_for_at_most_a_quarter_more() {
        let mut slots = Slots::new();
        for position in 0..10_000 {
            fill(&mut slots, position);
            let most = slots.len() * 5 / 4 + 16;
            assert!(slots.slots.capacity() <= most, "{position}");
        }
    }
}
