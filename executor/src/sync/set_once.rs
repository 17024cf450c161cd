//! A value that is set once, and waited for.
//!
//! Owns [`SetOnce`]: the value, and a [`Notify`] that is rung when it is set.

use std::error::Error;
use std::fmt;

use super::notify::Notify;
use super::seen::{Face, Kind};
use super::value_once::Value;

/// A value that one sets and others wait for.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use buzzer::sync::SetOnce;
///
/// buzzer::block_on(async {
///     let menu = Rc::new(SetOnce::new());
///     let board = menu.clone();
///     let guest = buzzer::spawn(async move { *board.wait().await });
///     menu.set("mocha").unwrap();
///     assert_eq!(guest.await.unwrap(), "mocha");
/// });
/// ```
pub struct SetOnce<T> {
    value: Value<T>,
    is_set: Notify,
}

impl<T> SetOnce<T> {
    /// One without a value.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::SetOnce;
    ///
    /// let menu = SetOnce::new();
    /// assert!(!menu.initialized() && menu.get().is_none());
    /// menu.set("mocha").unwrap();
    /// assert!(menu.initialized());
    /// assert_eq!(menu.get(), Some(&"mocha"));
    /// assert_eq!(menu.into_inner(), Some("mocha"));
    /// ```
    #[track_caller]
    pub fn new() -> Self {
        Self::with_face(Face::here(Kind::SetOnce))
    }

    /// As [`new`](Self::new), for a `static`.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::SetOnce;
    ///
    /// static MENU: SetOnce<&str> = SetOnce::const_new();
    /// MENU.set("mocha").unwrap();
    /// assert_eq!(buzzer::block_on(MENU.wait()), &"mocha");
    /// ```
    pub const fn const_new() -> Self {
        Self::with_face(Face::anywhere(Kind::SetOnce))
    }

    const fn with_face(face: Face) -> Self {
        Self {
            value: Value::new(),
            is_set: Notify::with_face(face),
        }
    }

    /// One with this value, or without.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::SetOnce;
    ///
    /// assert_eq!(SetOnce::new_with(Some("mocha")).get(), Some(&"mocha"));
    /// assert_eq!(SetOnce::<&str>::new_with(None).get(), None);
    /// ```
    #[track_caller]
    pub fn new_with(value: Option<T>) -> Self {
        match value {
            Some(value) => Self::const_new_with(value),
            None => Self::new(),
        }
    }

    /// One with this value, for a `static`.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::SetOnce;
    ///
    /// static MENU: SetOnce<&str> = SetOnce::const_new_with("mocha");
    /// assert_eq!(MENU.get(), Some(&"mocha"));
    /// ```
    pub const fn const_new_with(value: T) -> Self {
        Self {
            value: Value::Given(value),
            is_set: Notify::const_new(),
        }
    }

    /// Whether it has a value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::SetOnce;
    /// let menu = SetOnce::new();
    /// assert!(!menu.initialized());
    /// menu.set("mocha").unwrap();
    /// assert!(menu.initialized());
    /// ```
    pub fn initialized(&self) -> bool {
        self.value.get().is_some()
    }

    /// The value, if it has one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::SetOnce;
    /// let menu = SetOnce::new();
    /// assert_eq!(menu.get(), None);
    /// menu.set("mocha").unwrap();
    /// assert_eq!(menu.get(), Some(&"mocha"));
    /// ```
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// Gives it its value, and wakes who waits for it.
    ///
    /// # Errors
    ///
    /// The value, if it has one already.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::SetOnce;
    /// let menu = SetOnce::new();
    /// assert!(menu.set("mocha").is_ok());
    /// assert_eq!(menu.set("latte").unwrap_err().0, "latte"); // It comes back.
    /// ```
    pub fn set(&self, value: T) -> Result<(), SetOnceError<T>> {
        self.value.set(value).map_err(SetOnceError)?;
        self.is_set.notify_waiters();
        Ok(())
    }

    /// The value, if it has one, and nothing else any more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::SetOnce;
    /// let menu = SetOnce::new_with(Some("mocha"));
    /// assert_eq!(menu.into_inner(), Some("mocha"));
    /// ```
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    /// Waits for the value.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    pub async fn wait(&self) -> &T {
        // Before the look, so that it is told of what is set after it.
        let is_set = self.is_set.notified();
        if let Some(value) = self.value.get() {
            return value;
        }
        is_set.await;
        let value = self.value.get();
        value.expect("it is rung after the value was set")
    }

    /// By which it is seen.
    pub(super) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        self.is_set.each_face(call);
    }
}

impl<T> Default for SetOnce<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for SetOnce<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetOnce")
            .field("value", &self.get())
            .finish()
    }
}

impl<T: Clone> Clone for SetOnce<T> {
    fn clone(&self) -> Self {
        Self::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for SetOnce<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for SetOnce<T> {}

impl<T> From<T> for SetOnce<T> {
    fn from(value: T) -> Self {
        Self::const_new_with(value)
    }
}

/// It has a value already. Holds the other.
///
/// # Examples
///
/// ```
/// use buzzer::sync::SetOnce;
///
/// let menu = SetOnce::new_with(Some("mocha"));
/// assert_eq!(menu.set("latte").unwrap_err().0, "latte");
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct SetOnceError<T>(pub T);

impl<T> fmt::Display for SetOnceError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it has a value already")
    }
}

impl<T: fmt::Debug> Error for SetOnceError<T> {}
