//! Seeking: the trait, and what can be done with everything that has it.
//!
//! Owns [`AsyncSeek`] and [`AsyncSeekExt`], named and shaped like tokio's.

use std::future::poll_fn;
use std::io::{self, SeekFrom};
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Something with a position that can be moved: a file.
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
/// use std::io::SeekFrom;
/// use std::pin::Pin;
/// use buzzer::io::AsyncSeek;
///
/// # buzzer::block_on(async {
/// let mut bytes = std::io::Cursor::new(b"one mocha");
/// Pin::new(&mut bytes).start_seek(SeekFrom::Start(4))?;
/// let position = poll_fn(|cx| Pin::new(&mut bytes).poll_complete(cx)).await?;
/// assert_eq!(position, 4);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncSeek {
    /// Begins to move the position. [`poll_complete`](Self::poll_complete) says where
    /// it has come to; until then nothing else is to be done with it, but for another seek
    /// in the place of one that nobody waits for any more.
    ///
    /// # Errors
    ///
    /// What is known to be wrong at once.
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()>;

    /// Waits for the seek that was begun, and gives the new position, in bytes from
    /// the start. Without one, gives the position.
    ///
    /// # Errors
    ///
    /// What the system says; the position is where it was then.
    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>>;
}

impl<T: AsyncSeek + Unpin + ?Sized> AsyncSeek for &mut T {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        Pin::new(&mut **self).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut **self).poll_complete(cx)
    }
}

impl<T: AsyncSeek + Unpin + ?Sized> AsyncSeek for Box<T> {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        Pin::new(&mut **self).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut **self).poll_complete(cx)
    }
}

impl<P> AsyncSeek for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncSeek,
{
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        self.as_deref_mut().start_seek(position)
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        self.as_deref_mut().poll_complete(cx)
    }
}

/// What can be done with everything that is [`AsyncSeek`].
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("order");
/// # std::fs::write(&path, "one mocha")?;
/// use buzzer::fs::File;
/// use buzzer::io::{AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt};
/// use std::io::SeekFrom;
///
/// async fn last_word(mut from: impl AsyncRead + AsyncSeek + Unpin) -> std::io::Result<String> {
///     from.seek(SeekFrom::End(-5)).await?;
///     let mut word = String::new();
///     from.read_to_string(&mut word).await?;
///     Ok(word)
/// }
/// assert_eq!(last_word(File::open(&path).await?).await?, "mocha");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncSeekExt: AsyncSeek {
    /// Moves the position, and returns the new one in bytes from the start.
    ///
    /// # Errors
    ///
    /// What the system says: a position before the start (`InvalidInput`), or
    /// something that has none (`NotSeekable`).
    ///
    /// # Cancel safety
    ///
    /// A dropped call may still move the position.
    fn seek(&mut self, position: SeekFrom) -> impl Future<Output = io::Result<u64>>
    where
        Self: Unpin,
    {
        async move {
            Pin::new(&mut *self).start_seek(position)?;
            poll_fn(|cx| Pin::new(&mut *self).poll_complete(cx)).await
        }
    }

    /// Moves the position to the start, which it gives: 0.
    ///
    /// # Errors
    ///
    /// As [`seek`](Self::seek).
    ///
    /// # Cancel safety
    ///
    /// As [`seek`](Self::seek).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::AsyncSeekExt;
    ///
    /// # buzzer::block_on(async {
    /// let mut bytes = std::io::Cursor::new(b"one mocha");
    /// bytes.set_position(4);
    /// bytes.rewind().await?;
    /// assert_eq!(bytes.position(), 0);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn rewind(&mut self) -> impl Future<Output = io::Result<u64>>
    where
        Self: Unpin,
    {
        self.seek(SeekFrom::Start(0))
    }

    /// The position, in bytes from the start.
    ///
    /// # Errors
    ///
    /// As [`seek`](Self::seek).
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed, so nothing is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::AsyncSeekExt;
    ///
    /// # buzzer::block_on(async {
    /// let mut bytes = std::io::Cursor::new(b"one mocha");
    /// bytes.set_position(4);
    /// assert_eq!(bytes.stream_position().await?, 4);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn stream_position(&mut self) -> impl Future<Output = io::Result<u64>>
    where
        Self: Unpin,
    {
        self.seek(SeekFrom::Current(0))
    }
}

impl<T: AsyncSeek + ?Sized> AsyncSeekExt for T {}
