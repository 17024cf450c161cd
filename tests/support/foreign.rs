//! Wakers that are none of the runtime's: what they do is the test's.

use std::sync::Arc;
use std::task::{Wake, Waker};

type Act = Box<dyn Fn() + Send + Sync>;

/// Calls the one closure when it is woken and the other when its last clone is
/// dropped.
pub struct Foreign {
    woken: Act,
    dropped: Act,
}

impl Foreign {
    pub fn waker(
        woken: impl Fn() + Send + Sync + 'static,
        dropped: impl Fn() + Send + Sync + 'static,
    ) -> Waker {
        let (woken, dropped): (Act, Act) = (Box::new(woken), Box::new(dropped));
        Waker::from(Arc::new(Self { woken, dropped }))
    }
}

impl Wake for Foreign {
    fn wake(self: Arc<Self>) {
        (self.woken)();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        (self.woken)();
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        (self.dropped)();
    }
}
