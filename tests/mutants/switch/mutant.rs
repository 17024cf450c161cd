//! Which mutant this process is. Not a part of the program that makes the mutants: it is
//! copied into the library that they are in, as `executor/src/mutant.rs`.
//!
//! `BUZZER_TEST_MUTANT=17` has mutant 17 be there. `BUZZER_TEST_MUTANT_REACH=FILE` has none be there,
//! and notes in the file, a byte for each, which of them were reached: in memory that is
//! shared with it, so that a process which is killed, and its children, have noted theirs.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicPtr, AtomicU32};

/// Not looked yet.
const UNKNOWN: u32 = u32::MAX;
/// Reached are noted.
const NOTED: u32 = u32::MAX - 1;

static WHICH: AtomicU32 = AtomicU32::new(UNKNOWN);
static REACHED: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());

/// False in what is computed while the library is compiled.
pub(crate) const fn is(number: u32) -> bool {
    const fn never(_: u32) -> bool {
        false
    }
    std::intrinsics::const_eval_select((number,), never, look)
}

#[inline(always)]
fn look(number: u32) -> bool {
    match WHICH.load(Acquire) {
        UNKNOWN => {
            begin();
            look(number)
        }
        NOTED => {
            let reached = REACHED.load(Relaxed);
            // SAFETY: `begin` has mapped a byte for each number.
            unsafe { reached.add(number as usize).write_volatile(1) };
            false
        }
        which => which == number,
    }
}

/// Several threads may do this at once, to the same end.
#[cold]
fn begin() {
    let which = match variable(c"BUZZER_TEST_MUTANT_REACH") {
        Some(file) => {
            REACHED.store(map(file), Relaxed);
            NOTED
        }
        None => variable(c"BUZZER_TEST_MUTANT")
            .and_then(|number| number.to_str().ok()?.parse().ok())
            .unwrap_or(0),
    };
    WHICH.store(which, Release);
}

/// Without an allocation, for some tests count those.
fn variable(name: &CStr) -> Option<&'static CStr> {
    // SAFETY: what is set when the process begins stays.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value))
    }
}

fn map(file: &CStr) -> *mut u8 {
    // SAFETY: new memory, as long as the file is; it stays mapped.
    unsafe {
        let file = libc::open(file.as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        assert!(file >= 0, "the file for what is reached is there");
        let length = libc::lseek(file, 0, libc::SEEK_END) as usize;
        let both = libc::PROT_READ | libc::PROT_WRITE;
        let mapped = libc::mmap(std::ptr::null_mut(), length, both, libc::MAP_SHARED, file, 0);
        assert!(mapped != libc::MAP_FAILED, "a file can be mapped");
        libc::close(file);
        mapped.cast()
    }
}
