//! Halves that own their stream together.
//!
//! Owns [`WriteEnd`], whose drop ends the sending, and the way back to one stream.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::os::fd::AsFd;
use std::sync::Arc;

use super::StreamSocket;
use super::halves::{Half, ReadHalf, Receives, Sends, WriteHalf};
use crate::net::std_sockets::StdStream;
use crate::net::transfer;

/// What an owned write half points to the stream with. Its drop shuts the sending
/// side down.
#[derive(Debug)]
pub struct WriteEnd<S: AsFd> {
    stream: Arc<StreamSocket<S>>,
    shuts_down: bool,
}

impl<S: AsFd> WriteEnd<S> {
    pub(super) fn new(stream: Arc<StreamSocket<S>>) -> Self {
        let shuts_down = true;
        Self { stream, shuts_down }
    }
}

impl<S: AsFd> Deref for WriteEnd<S> {
    type Target = StreamSocket<S>;

    fn deref(&self) -> &StreamSocket<S> {
        &self.stream
    }
}

impl<S: AsFd> Drop for WriteEnd<S> {
    fn drop(&mut self) {
        if self.shuts_down {
            // A peer that is gone already needs no notice.
            let _ = transfer::shut_down_write(&self.source);
        }
    }
}

impl<S: StdStream> Half<Arc<StreamSocket<S>>, Receives> {
    /// Puts the two halves of one stream together again.
    ///
    /// # Errors
    ///
    /// The halves, if they are not of one stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, there) = UnixStream::pair()?;
    /// let (read, write) = here.into_split();
    /// let (_, of_another) = there.into_split();
    /// let refused = read.reunite(of_another).unwrap_err();
    /// println!("{refused}"); // It has both halves in it.
    /// let here: UnixStream = refused.0.reunite(write).unwrap();
    /// # drop(here);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn reunite(
        self,
        other: WriteHalf<WriteEnd<S>>,
    ) -> Result<StreamSocket<S>, ReuniteError<S>> {
        if !Arc::ptr_eq(&self.stream, &other.stream.stream) {
            return Err(ReuniteError(self, other));
        }
        other.forget();
        Ok(Arc::into_inner(self.stream).expect("a stream has two halves, and one is gone"))
    }
}

impl<S: StdStream> Half<WriteEnd<S>, Sends> {
    /// Puts the two halves of one stream together again.
    ///
    /// # Errors
    ///
    /// The halves, if they are not of one stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, _there) = UnixStream::pair()?;
    /// let (read, write) = here.into_split();
    /// let here: UnixStream = write.reunite(read).unwrap();
    /// # drop(here);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn reunite(
        self,
        other: ReadHalf<Arc<StreamSocket<S>>>,
    ) -> Result<StreamSocket<S>, ReuniteError<S>> {
        other.reunite(self)
    }

    /// Drops it without shutting the sending side down.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::AsyncReadExt;
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, there) = UnixStream::pair()?;
    /// let (_read, write) = here.into_split();
    /// write.forget(); // Dropped, it would have told the other end that nothing more comes.
    /// assert!(there.try_read(&mut [0; 1]).is_err());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn forget(mut self) {
        self.stream.shuts_down = false;
    }
}

/// Two halves that are not of one stream, given back.
#[derive(Debug)]
pub struct ReuniteError<S: AsFd>(
    pub ReadHalf<Arc<StreamSocket<S>>>,
    pub WriteHalf<WriteEnd<S>>,
);

impl<S: AsFd> fmt::Display for ReuniteError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the two halves are not of one stream")
    }
}

impl<S: AsFd + fmt::Debug> Error for ReuniteError<S> {}
