//! A waker that runs a closure when it is woken, on the spot.

use std::sync::Arc;
use std::task::{Wake, Waker};

struct Act<F>(F);

pub fn acting(act: impl Fn() + Send + Sync + 'static) -> Waker {
    Waker::from(Arc::new(Act(act)))
}

impl<F: Fn() + Send + Sync + 'static> Wake for Act<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}
