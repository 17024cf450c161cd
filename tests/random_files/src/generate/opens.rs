//! With which options a file is opened.

use super::mode;
use crate::program::Options;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Those with which something is open afterwards, mostly.
pub fn options_to_use() -> impl Strategy<Value = Options> {
    let drawn = (0..7u8, any::<bool>(), any::<bool>());
    drawn.prop_map(|(kind, truncate, is_short)| Options {
        read: !matches!(kind, 4 | 5),
        write: kind != 6 && kind != 5 && kind != 3,
        append: matches!(kind, 3 | 5),
        create: kind != 6,
        truncate: truncate && matches!(kind, 1 | 4),
        is_short,
        ..Options::default()
    })
}

pub fn options() -> impl Strategy<Value = Options> {
    let own = select(&OWN_FLAGS[..]);
    let own = prop_oneof![2 => Just(0), 1 => own];
    let is_short = any::<bool>();
    let drawn = (
        any::<[bool; 6]>(),
        option::weighted(0.3, mode()),
        own,
        is_short,
    );
    drawn.prop_map(|(words, mode, flags, is_short)| {
        let [read, write, append, truncate, create, create_new] = words;
        Options {
            read,
            write,
            append,
            truncate,
            create,
            create_new,
            mode,
            flags,
            is_short,
        }
    })
}

/// What they do shows in an error, in the descriptor's flags, or in where a write goes.
const OWN_FLAGS: [i32; 6] = [
    libc::O_NOFOLLOW,
    libc::O_DIRECTORY,
    libc::O_APPEND,
    libc::O_NONBLOCK,
    libc::O_DSYNC,
    libc::O_EXCL,
];
