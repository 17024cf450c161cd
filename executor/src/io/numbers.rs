//! Numbers, as bytes in either order.
//!
//! Owns the methods of [`AsyncReadExt`](super::AsyncReadExt) and
//! [`AsyncWriteExt`](super::AsyncWriteExt) that read and write one: `read_u32` and
//! `write_u32` with the most significant byte first, as networks do, `read_u32_le` and
//! `write_u32_le` with the least.

/// `method: number, conversion, order;`, for the body of the trait.
macro_rules! read_numbers {
    ($($method:ident: $number:ident, $from:ident, $order:literal;)+) => {$(
        #[doc = concat!("Reads the next bytes as one `", stringify!($number), "`", $order, ".")]
        ///
        /// # Errors
        ///
        /// As [`read_exact`](Self::read_exact).
        ///
        /// # Cancel safety
        ///
        /// None: what a dropped call has read is gone.
        #[inline]
        fn $method(&mut self) -> impl Future<Output = io::Result<$number>>
        where
            Self: Unpin,
        {
            let (mut bytes, mut filled) = ([0; size_of::<$number>()], 0);
            poll_fn(move |cx| {
                ready!(poll_whole(self, cx, &mut bytes, &mut filled))?;
                Poll::Ready(Ok($number::$from(bytes)))
            })
        }
    )+};
}

/// The same for writing.
macro_rules! write_numbers {
    ($($method:ident: $number:ident, $to:ident, $order:literal;)+) => {$(
        #[doc = concat!("Writes the bytes of a `", stringify!($number), "`", $order, ".")]
        ///
        /// # Errors
        ///
        /// As [`write_all`](Self::write_all).
        ///
        /// # Cancel safety
        ///
        /// As [`write_all`](Self::write_all).
        #[inline]
        fn $method(&mut self, number: $number) -> impl Future<Output = io::Result<()>>
        where
            Self: Unpin,
        {
            let (bytes, mut written) = (number.$to(), 0);
            poll_fn(move |cx| poll_whole(self, cx, &bytes, &mut written))
        }
    )+};
}

pub(super) use {read_numbers, write_numbers};
