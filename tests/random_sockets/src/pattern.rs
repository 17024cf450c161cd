//! The bytes of a stream: each is told by its place, so one that is lost, doubled or moved
//! shows where it is missed.
//!
//! Written and checked by both interpreters.

use std::sync::LazyLock;

/// Prime, so that no buffer's size goes into it, and longer than what is lost at once.
const PERIOD: usize = 65_521;

/// No two short stretches of it are alike.
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mixed = (1..=PERIOD as u64).map(|place| place.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed.map(|mixed| (mixed >> 56) as u8).collect()
});

/// So many bytes from `place` on.
pub fn stretch(place: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let at = (place as usize + bytes.len()) % PERIOD;
        let end = PERIOD.min(at + length - bytes.len());
        bytes.extend_from_slice(&BYTES[at..end]);
    }
    bytes
}

/// What has come from `place` on, and whether it is what was sent.
#[derive(Debug)]
pub struct Heard {
    place: u64,
    from: u64,
    wrong: Option<u64>,
}

impl Heard {
    pub fn new(place: u64) -> Self {
        Self {
            place,
            from: place,
            wrong: None,
        }
    }

    pub fn take(&mut self, bytes: &[u8]) {
        if self.wrong.is_none() {
            self.wrong = self.first_wrong(bytes);
        }
        self.place += bytes.len() as u64;
    }

    /// What was only looked at.
    pub fn look(&mut self, bytes: &[u8]) {
        self.wrong = self.wrong.or(self.first_wrong(bytes));
    }

    fn first_wrong(&self, bytes: &[u8]) -> Option<u64> {
        let right = stretch(self.place, bytes.len());
        if right == bytes {
            return None;
        }
        let mut pairs = (self.place..).zip(right.iter().zip(bytes));
        let wrong = pairs.find(|(_, (right, found))| right != found);
        wrong.map(|(place, _)| place)
    }

    pub fn count(&self) -> u64 {
        self.place - self.from
    }

    pub fn told(&self) -> String {
        match self.wrong {
            None => format!("{} bytes", self.count()),
            Some(place) => format!("{} bytes, wrong from {place} on", self.count()),
        }
    }
}
