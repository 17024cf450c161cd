//! What happened, in order: shared by the tasks of one thread.

use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;

#[derive(Clone, Default)]
pub struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub fn note(&self, what: impl Display) {
        self.0.borrow_mut().push(what.to_string());
    }

    /// All notes so far, and none from here on.
    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }
}
