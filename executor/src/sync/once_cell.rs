//! A value that whoever needs it first makes, for all.
//!
//! Owns [`OnceCell`]: the value, and one permit to make it. Who waits for the permit is told
//! by its close that the value is there; a maker that fails or is dropped passes it on.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;

use super::permits::{Permits, Refused};
use super::seen::{Face, Kind};
use super::value_once::Value;

/// A value that is made once, by an async function, while others wait for it.
///
/// If the making fails, panics or is dropped, the next of those who wait makes it.
///
/// # Examples
///
/// ```
/// use buzzer::sync::OnceCell;
///
/// static MENU: OnceCell<String> = OnceCell::const_new();
///
/// async fn menu() -> &'static str {
///     MENU.get_or_init(async || "mocha, latte".to_owned()).await
/// }
///
/// buzzer::block_on(async {
///     let (one, other) = buzzer::gather!(menu(), menu()).await;
///     assert_eq!((one, other), ("mocha, latte", "mocha, latte"));
/// });
/// ```
pub struct OnceCell<T> {
    value: Value<T>,
    /// One, until the value is there; then closed.
    making: Permits,
}

impl<T> OnceCell<T> {
    /// An empty cell.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::OnceCell;
    ///
    /// let menu = OnceCell::new();
    /// assert!(!menu.initialized());
    /// menu.set("mocha").unwrap();
    /// assert_eq!(menu.get(), Some(&"mocha"));
    /// ```
    #[track_caller]
    pub fn new() -> Self {
        Self::with_face(Face::here(Kind::OnceCell))
    }

    /// As [`new`](Self::new), for a `static`.
    pub const fn const_new() -> Self {
        Self::with_face(Face::anywhere(Kind::OnceCell))
    }

    const fn with_face(face: Face) -> Self {
        Self {
            value: Value::new(),
            making: Permits::new(1, face),
        }
    }

    /// A cell with this value, or an empty one.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::OnceCell;
    ///
    /// assert!(OnceCell::new_with(Some("mocha")).initialized());
    /// assert!(!OnceCell::<&str>::new_with(None).initialized());
    /// ```
    #[track_caller]
    pub fn new_with(value: Option<T>) -> Self {
        match value {
            Some(value) => Self::const_new_with(value),
            None => Self::new(),
        }
    }

    /// A cell with this value, for a `static`.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::OnceCell;
    /// static PRICE: OnceCell<u32> = OnceCell::const_new_with(3);
    /// assert_eq!(PRICE.get(), Some(&3));
    /// ```
    pub const fn const_new_with(value: T) -> Self {
        Self {
            value: Value::Given(value),
            making: Permits::closed(Face::anywhere(Kind::OnceCell)),
        }
    }

    /// Whether it has a value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::OnceCell;
    /// # buzzer::block_on(async {
    /// let menu = OnceCell::new();
    /// assert!(!menu.initialized());
    /// menu.get_or_init(async || "mocha").await;
    /// assert!(menu.initialized());
    /// # });
    /// ```
    pub fn initialized(&self) -> bool {
        self.value.get().is_some()
    }

    /// The value, if it has one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::OnceCell;
    /// let menu = OnceCell::new();
    /// assert_eq!(menu.get(), None);
    /// menu.set("mocha").unwrap();
    /// assert_eq!(menu.get(), Some(&"mocha"));
    /// ```
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value, if it has one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::OnceCell;
    /// let mut sum = OnceCell::new_with(Some(1));
    /// *sum.get_mut().unwrap() += 1;
    /// assert_eq!(sum.get(), Some(&2));
    /// ```
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut()
    }

    /// Gives it its value.
    ///
    /// # Errors
    ///
    /// The value, if it has one already, or somebody is making it.
    ///
    /// # Examples
    ///
    /// ```
    /// let menu = buzzer::sync::OnceCell::new();
    /// menu.set("mocha").unwrap();
    /// assert!(menu.set("latte").unwrap_err().is_already_init_err());
    /// ```
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        match self.making.try_take(1) {
            Ok(()) => {
                self.put(value);
                Ok(())
            }
            Err(Refused::TooFew) => Err(SetError::InitializingError(value)),
            Err(Refused::Closed) => Err(SetError::AlreadyInitializedError(value)),
        }
    }

    /// Puts the value in. To be called by who has the permit, which is used up.
    fn put(&self, value: T) -> &T {
        // Only who has the permit sets it, and there is one.
        if self.value.set(value).is_err() {
            unreachable!("a cell was given two values, with one permit");
        }
        self.making.close();
        self.made()
    }

    fn made(&self) -> &T {
        let value = self.value.get();
        value.expect("the permits are closed after the value was set")
    }

    /// The value. The first who asks makes it by `f`; the others wait for that.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped while it makes the value drops the future of `f`, and the next
    /// who waits calls its own.
    pub async fn get_or_init<F, Fut>(&self, f: F) -> &T
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        let make = || async { Ok::<T, Infallible>(f().await) };
        match self.get_or_try_init(make).await {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// As [`get_or_init`](Self::get_or_init), where the making may fail.
    ///
    /// # Errors
    ///
    /// That of `f`. The next who waits tries its own.
    ///
    /// # Cancel safety
    ///
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let menu = buzzer::sync::OnceCell::new();
    /// assert_eq!(menu.get_or_try_init(async || Err("closed")).await, Err("closed"));
    /// assert_eq!(menu.get_or_try_init(async || Ok::<_, &str>("mocha")).await, Ok(&"mocha"));
    /// # });
    /// ```
    pub async fn get_or_try_init<E, F, Fut>(&self, f: F) -> Result<&T, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        if self.making.take(1).await.is_err() {
            return Ok(self.made());
        }
        let making = Making(&self.making);
        let value = f().await?;
        std::mem::forget(making);
        Ok(self.put(value))
    }

    /// The value, if it has one, and no cell any more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::OnceCell;
    /// assert_eq!(OnceCell::new_with(Some("mocha")).into_inner(), Some("mocha"));
    /// ```
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    /// Takes the value, if it has one, and leaves an empty cell.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::OnceCell;
    /// let mut menu = OnceCell::new_with(Some("mocha"));
    /// assert_eq!(menu.take(), Some("mocha"));
    /// menu.set("latte").unwrap(); // It is empty again.
    /// ```
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
    }

    /// By which it is seen.
    pub(super) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        call(self.making.face());
    }
}

/// The permit to make the value, which goes to the next if it is not used.
struct Making<'a>(&'a Permits);

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.0.give(1);
    }
}

impl<T> Default for OnceCell<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceCell")
            .field("value", &self.get())
            .finish()
    }
}

impl<T: Clone> Clone for OnceCell<T> {
    fn clone(&self) -> Self {
        Self::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for OnceCell<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceCell<T> {}

impl<T> From<T> for OnceCell<T> {
    fn from(value: T) -> Self {
        Self::const_new_with(value)
    }
}

/// The cell takes no value. Holds it.
///
/// # Examples
///
/// ```
/// use buzzer::sync::OnceCell;
///
/// let menu = OnceCell::new_with(Some("mocha"));
/// let error = menu.set("latte").unwrap_err();
/// assert!(error.is_already_init_err() && !error.is_initializing_err());
/// ```
#[derive(Debug, PartialEq, Eq)]
pub enum SetError<T> {
    /// It has one already.
    AlreadyInitializedError(T),
    /// Somebody is making it.
    InitializingError(T),
}

impl<T> SetError<T> {
    /// Whether it has one already.
    pub fn is_already_init_err(&self) -> bool {
        matches!(self, Self::AlreadyInitializedError(_))
    }

    /// Whether somebody is making it.
    pub fn is_initializing_err(&self) -> bool {
        matches!(self, Self::InitializingError(_))
    }
}

impl<T> fmt::Display for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyInitializedError(_) => "the cell has a value already",
            Self::InitializingError(_) => "the value of the cell is being made",
        })
    }
}

impl<T: fmt::Debug> Error for SetError<T> {}
