//! What is told of, as mio's events name it.
//!
//! Owns [`SourceKey`], the name of a source, and the tokens that name something else.

use mio::Token;

/// An unpark: see `sys/`.
pub(super) const UNPARK: Token = Token(usize::MAX);
/// The deadline that the timer was set for.
pub(super) const TIMER: Token = Token(usize::MAX - 1);
/// The signal that asks for a dump.
pub(super) const DUMP: Token = Token(usize::MAX - 2);
/// SIGCHLD, for the children that no descriptor tells of.
pub(super) const CHILDREN: Token = Token(usize::MAX - 3);

/// A source's index is less, so that its token is none of these.
pub(super) const MOST_SOURCES: u32 = u32::MAX - 3;

/// Names one registered source: slab index and generation, which together are
/// its token at mio. An event for a source that is gone is told by its
/// generation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SourceKey {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl SourceKey {
    pub(super) fn token(self) -> Token {
        Token((self.generation as usize) << 32 | self.index as usize)
    }

    /// How many sources had been registered with it, from where its runtime counts.
    pub(crate) fn registered(self) -> u32 {
        self.generation
    }

    pub(super) fn from_token(Token(bits): Token) -> Self {
        let (index, generation) = (bits as u32, (bits >> 32) as u32);
        Self { index, generation }
    }
}
