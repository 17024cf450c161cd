//! Where a byte is.
//!
//! Owns memchr(3), which looks at as many bytes at a time as the processor can. What std has
//! of it looks at sixteen.

/// Where `byte` first is in `bytes`.
#[inline]
pub(crate) fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    // SAFETY: `bytes` is valid for reads of its length, and borrowed past the call.
    let found = unsafe { libc::memchr(bytes.as_ptr().cast(), byte.into(), bytes.len()) };
    (!found.is_null()).then(|| found.addr() - bytes.as_ptr().addr())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_them_is_found_and_none_where_there_is_none() {
        let bytes = b"one\ntwo\n\xff";
        assert_eq!(find(b'\n', bytes), Some(3));
        assert_eq!(find(b'\n', &bytes[4..]), Some(3));
        assert_eq!(find(0xff, bytes), Some(8));
        assert_eq!(find(0, bytes), None);
        assert_eq!(find(b'\n', b""), None);
    }
}
