//! What a session carries, byte for byte.
//!
//! Owns the plan of a session, which follows from its number, and the check of what arrives.
//! Each byte depends on the session and its place, so one that is lost, comes twice, or
//! belongs to another session is told by the next that is looked at.

use std::ops::Range;

use fastrand::Rng;

/// What a client sends first: the session's number.
pub const HELLO: usize = 8;

/// What the server sends last: how many bytes it has received, and the session's number
/// turned round.
pub const TRAILER: usize = 16;

/// How a client goes about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// Sends some, and reads until they are back.
    Lockstep,
    /// Sends and reads at once.
    Flood,
    /// Sends until nothing more is taken, and then reads little by little.
    Slow,
}

/// How the client ends it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Half-closes, and reads to the end.
    Clean,
    /// Closes when so many bytes are back.
    Closed(u64),
    /// Resets then.
    Reset(u64),
}

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub session: u64,
    pub length: u64,
    pub manner: Manner,
    pub end: End,
}

impl Plan {
    pub fn of(session: u64) -> Self {
        let mut rng = Rng::with_seed(session);
        let length = match rng.u32(..64) {
            0 => rng.u64(200_000..1_000_000),
            1..16 => rng.u64(1..300),
            _ => rng.u64(300..40_000),
        };
        let manner = match rng.u32(..3) {
            0 => Manner::Lockstep,
            1 => Manner::Flood,
            _ => Manner::Slow,
        };
        // Not before the first is back: then the server knows of it.
        let end = match rng.u32(..8) {
            0 => End::Closed(rng.u64(1..=length)),
            1 => End::Reset(rng.u64(1..=length)),
            _ => End::Clean,
        };
        Self {
            session,
            length,
            manner,
            end,
        }
    }

    pub fn hello(&self) -> [u8; HELLO] {
        self.session.to_le_bytes()
    }

    /// Whether the client is to be gone when so many bytes are back.
    pub fn is_over(&self, received: u64) -> bool {
        match self.end {
            End::Clean => false,
            End::Closed(at) | End::Reset(at) => received >= at,
        }
    }

    /// The bytes of these places.
    pub fn fill(&self, from: u64, into: &mut [u8]) {
        for (at, byte) in (from..).zip(into) {
            *byte = self.byte(at);
        }
    }

    fn byte(&self, at: u64) -> u8 {
        // SplitMix64's finish, of eight places at once: the compiler keeps it.
        let mut word = self.session.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (at / 8);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)).to_le_bytes()[(at % 8) as usize]
    }

    /// # Panics
    ///
    /// If these are not the bytes of these places.
    #[track_caller]
    pub fn check(&self, from: u64, bytes: &[u8]) {
        for (at, &byte) in (from..).zip(bytes) {
            let expected = self.byte(at);
            assert_eq!(byte, expected, "byte {at} of {self:?}");
        }
    }

    pub fn trailer(&self) -> [u8; TRAILER] {
        let mut trailer = [0; TRAILER];
        trailer[..8].copy_from_slice(&self.length.to_le_bytes());
        trailer[8..].copy_from_slice(&(!self.session).to_le_bytes());
        trailer
    }
}

/// What a client has got back.
pub struct Echo {
    plan: Plan,
    received: u64,
}

impl Echo {
    pub fn of(plan: Plan) -> Self {
        Self { plan, received: 0 }
    }

    pub fn received(&self) -> u64 {
        self.received
    }

    /// Whether the client is to close or to reset now.
    pub fn is_over(&self) -> bool {
        self.plan.is_over(self.received)
    }

    /// Takes what was read; of none, whether all was there.
    ///
    /// # Panics
    ///
    /// If it is not what was sent, or not all of it, or more.
    pub fn take(&mut self, bytes: &[u8]) {
        let Plan { length, .. } = self.plan;
        if bytes.is_empty() {
            let all = length + TRAILER as u64;
            assert_eq!(self.received, all, "the end of {:?}", self.plan);
            return;
        }
        let of_echo = length.saturating_sub(self.received).min(bytes.len() as u64);
        let (echo, trailer) = bytes.split_at(of_echo as usize);
        self.plan.check(self.received, echo);
        self.received += of_echo;
        if !trailer.is_empty() {
            let from = (self.received - length) as usize;
            let places: Range<usize> = from..from + trailer.len();
            let expected = self.plan.trailer();
            assert_eq!(
                Some(trailer),
                expected.get(places),
                "the trailer of {:?}",
                self.plan
            );
            self.received += trailer.len() as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_changes_in_a_stream_is_told() {
        let plan = Plan {
            length: 100,
            ..Plan::of(7)
        };
        let mut whole = vec![0; 100];
        plan.fill(0, &mut whole);
        whole.extend(plan.trailer());
        let is_taken = |bytes: &[u8]| {
            let bytes = bytes.to_owned();
            std::panic::catch_unwind(move || {
                let mut echo = Echo::of(plan);
                bytes.chunks(7).for_each(|some| echo.take(some));
                echo.take(&[]);
            })
            .is_ok()
        };
        assert!(is_taken(&whole));
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(!is_taken(&changed));
            assert!(!is_taken(&whole[..at]));
            changed = whole.clone();
            changed.insert(at, whole[at]);
            assert!(!is_taken(&changed), "byte {at} came twice");
        }
    }
}
