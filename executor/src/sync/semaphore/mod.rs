//! A number of permits that tasks and threads share.
//!
//! Owns [`Semaphore`]. What is kept and who is next lies in `permits.rs`; a permit gives
//! itself back ([`SemaphorePermit`], [`OwnedSemaphorePermit`], in `permit.rs`).

mod error;
mod permit;

use std::fmt;
use std::sync::Arc;

pub use error::{AcquireError, TryAcquireError};
pub use permit::{OwnedSemaphorePermit, SemaphorePermit};

use super::blocking::block_on;
use super::permits::{self, Permits};
use super::seen::{Face, Kind};

/// Permits that tasks take, wait for, and give back: so many may do something at a time.
///
/// It is fair: permits are given in the order in which they were asked for, also where a
/// large request at the front holds up small ones behind it. It belongs to no runtime and
/// to no thread.
///
/// # Examples
///
/// ```
/// use buzzer::sync::Semaphore;
/// use buzzer::time::{Duration, Instant, sleep};
///
/// buzzer::testing::run(async {
///     let tables = Semaphore::new(2);
///     let guest = || async {
///         let _seat = tables.acquire().await.unwrap();
///         sleep(Duration::from_secs(60)).await;
///     };
///     let opened = Instant::now();
///     buzzer::gather!(guest(), guest(), guest()).await;
///     assert_eq!(opened.elapsed(), Duration::from_secs(120));
/// });
/// ```
pub struct Semaphore {
    permits: Permits,
}

impl Semaphore {
    /// How many permits there can be.
    pub const MAX_PERMITS: usize = permits::MAX;

    /// A semaphore of so many permits.
    ///
    /// # Panics
    ///
    /// With more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    pub fn new(permits: usize) -> Self {
        let permits = Permits::new(permits, Face::here(Kind::Semaphore));
        Self { permits }
    }

    /// As [`new`](Self::new), for a `static`.
    ///
    /// # Panics
    ///
    /// With more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::Semaphore;
    /// static TABLES: Semaphore = Semaphore::const_new(2);
    /// assert_eq!(TABLES.available_permits(), 2);
    /// ```
    pub const fn const_new(permits: usize) -> Self {
        let permits = Permits::new(permits, Face::anywhere(Kind::Semaphore));
        Self { permits }
    }

    /// How many permits are free. While somebody waits there are none.
    /// See [`add_permits`](Self::add_permits).
    pub fn available_permits(&self) -> usize {
        self.permits.free()
    }

    /// Adds permits: to those who wait first.
    ///
    /// # Panics
    ///
    /// If there are more than [`MAX_PERMITS`](Self::MAX_PERMITS) then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::Semaphore;
    /// let cups = Semaphore::new(1);
    /// cups.add_permits(2);
    /// assert_eq!(cups.available_permits(), 3);
    /// assert_eq!(cups.forget_permits(5), 3); // More there were not.
    /// assert_eq!(cups.available_permits(), 0);
    /// ```
    #[track_caller]
    pub fn add_permits(&self, n: usize) {
        self.permits.add(n);
    }

    /// Takes up to `n` of the free permits away for good, and says how many.
    /// See [`add_permits`](Self::add_permits).
    pub fn forget_permits(&self, n: usize) -> usize {
        self.permits.forget(n)
    }

    /// Takes a permit, when it is this one's turn.
    ///
    /// # Errors
    ///
    /// [`AcquireError`], if the semaphore is closed, or is closed meanwhile.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped gives up its place in the line, and has taken nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let tables = buzzer::sync::Semaphore::new(1);
    /// let seat = tables.acquire().await?;
    /// assert_eq!(tables.available_permits(), 0);
    /// drop(seat);
    /// assert_eq!(tables.available_permits(), 1);
    /// # Ok::<(), buzzer::sync::AcquireError>(())
    /// # }).unwrap();
    /// ```
    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.acquire_many(1).await
    }

    /// Takes `n` permits at once, when it is this one's turn. Until then it holds those that
    /// were given to it, and who came later waits behind it.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Self::acquire); what it held goes to the next in line.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::Semaphore;
    /// # buzzer::block_on(async {
    /// let cups = Semaphore::new(3);
    /// let tray = cups.acquire_many(2).await.unwrap();
    /// assert_eq!((tray.num_permits(), cups.available_permits()), (2, 1));
    /// # });
    /// ```
    pub async fn acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.permits.take(n as usize).await?;
        Ok(SemaphorePermit::new(self, n as usize))
    }

    /// Takes a permit that is free.
    ///
    /// # Errors
    ///
    /// If none is, or the semaphore is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::{Semaphore, TryAcquireError};
    /// let tables = Semaphore::new(1);
    /// let seat = tables.try_acquire().unwrap();
    /// assert_eq!(tables.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
    /// drop(seat);
    /// tables.close();
    /// assert_eq!(tables.try_acquire().unwrap_err(), TryAcquireError::Closed);
    /// ```
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Takes `n` permits if that many are free.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::Semaphore;
    /// let cups = Semaphore::new(3);
    /// let _tray = cups.try_acquire_many(2).unwrap();
    /// assert!(cups.try_acquire_many(2).is_err()); // All of them or none.
    /// ```
    pub fn try_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.permits.try_take(n as usize)?;
        Ok(SemaphorePermit::new(self, n as usize))
    }

    /// As [`acquire`](Self::acquire), by blocking the thread.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    ///
    /// On a thread that drives tasks: it would wait for them, and they for it.
    #[track_caller]
    pub fn blocking_acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        block_on("Semaphore::blocking_acquire", self.acquire())
    }

    /// As [`acquire_many`](Self::acquire_many), by blocking the thread.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    ///
    /// As [`blocking_acquire`](Self::blocking_acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc; use buzzer::sync::Semaphore;
    /// # buzzer::block_on(async {
    /// let cups = Arc::new(Semaphore::new(3));
    /// let theirs = cups.clone();
    /// let take = move || theirs.blocking_acquire_many(2).unwrap().num_permits();
    /// assert_eq!(buzzer::task::spawn_blocking(take).await.unwrap(), 2);
    /// # });
    /// ```
    #[track_caller]
    pub fn blocking_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        block_on("Semaphore::blocking_acquire_many", self.acquire_many(n))
    }

    /// As [`acquire`](Self::acquire); the permit keeps the semaphore alive, and goes where
    /// it likes.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use buzzer::sync::Semaphore;
    /// buzzer::block_on(async {
    ///     let tables = Arc::new(Semaphore::new(2));
    ///     let seat = tables.clone().acquire_owned().await.unwrap();
    ///     let guest = buzzer::spawn(async move { drop(seat) });
    ///     guest.await.unwrap();
    ///     assert_eq!(tables.available_permits(), 2);
    /// });
    /// ```
    pub async fn acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.acquire_many_owned(1).await
    }

    /// As [`acquire_many`](Self::acquire_many); the permits keep the semaphore alive.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc; use buzzer::sync::Semaphore;
    /// # buzzer::block_on(async {
    /// let cups = Arc::new(Semaphore::new(3));
    /// let tray = cups.clone().acquire_many_owned(2).await.unwrap();
    /// assert!(cups.clone().try_acquire_many_owned(2).is_err());
    /// buzzer::spawn(async move { drop(tray) }).await.unwrap();
    /// assert!(cups.try_acquire_many_owned(2).is_ok());
    /// # });
    /// ```
    pub async fn acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.permits.take(n as usize).await?;
        Ok(OwnedSemaphorePermit::new(self, n as usize))
    }

    /// As [`try_acquire`](Self::try_acquire); the permit keeps the semaphore alive.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// As [`try_acquire_many`](Self::try_acquire_many); the permits keep the semaphore alive.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    pub fn try_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.permits.try_take(n as usize)?;
        Ok(OwnedSemaphorePermit::new(self, n as usize))
    }

    /// As [`acquire_owned`](Self::acquire_owned), by blocking the thread.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    ///
    /// As [`blocking_acquire`](Self::blocking_acquire).
    #[track_caller]
    pub fn blocking_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        block_on("Semaphore::blocking_acquire_owned", self.acquire_owned())
    }

    /// As [`acquire_many_owned`](Self::acquire_many_owned), by blocking the thread.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    ///
    /// As [`blocking_acquire`](Self::blocking_acquire).
    #[track_caller]
    pub fn blocking_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        let acquire = self.acquire_many_owned(n);
        block_on("Semaphore::blocking_acquire_many_owned", acquire)
    }

    /// Has nobody given permits any more: who waits, and who asks from here on, gets an
    /// error. Permits that are held stay so, and may be given back.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let tables = buzzer::sync::Semaphore::new(1);
    /// tables.close();
    /// assert!(tables.acquire().await.is_err());
    /// # });
    /// ```
    pub fn close(&self) {
        self.permits.close();
    }

    /// Whether it was closed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::Semaphore;
    /// let cups = Semaphore::new(3);
    /// cups.close();
    /// assert!(cups.is_closed() && cups.try_acquire().is_err());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }

    /// By which it is seen.
    pub(super) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        call(self.permits.face());
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("available_permits", &self.available_permits())
            .field("is_closed", &self.is_closed())
            .finish()
    }
}
