//! Task-locals, where the drop of a scope meets another use of the same one.

use std::cell::Cell;
use std::future::pending;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};

buzzer::task_local! {
    static CUSTOMER: &'static str;
}

/// Notes whose drop it was.
struct Noted(Rc<Cell<Option<&'static str>>>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.set(CUSTOMER.try_get().ok());
    }
}

fn scope(noted: &Rc<Cell<Option<&'static str>>>) -> impl Future<Output = ()> {
    let noted = Noted(noted.clone());
    CUSTOMER.scope("Ada", async move {
        let _noted = noted;
        pending().await
    })
}

#[test]
fn a_scope_is_dropped_with_its_value() {
    let noted = Rc::new(Cell::new(None));
    drop(scope(&noted));
    assert_eq!(noted.get(), Some("Ada"));
    CUSTOMER.sync_scope("Bob", || drop(scope(&noted)));
    assert_eq!(noted.get(), Some("Ada"));
}

// A task that is aborted, or a set of tasks that is cleared, may be so from anywhere: a
// panic in a drop would end the process where another is under way.
#[test]
fn a_scope_that_is_dropped_while_the_value_is_looked_at_does_without_its_own() {
    let noted = Rc::new(Cell::new(None));
    CUSTOMER.sync_scope("Bob", || CUSTOMER.with(|_| drop(scope(&noted))));
    assert_eq!(noted.get(), Some("Bob"));
    let mut begun = Box::pin(scope(&noted));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(&mut begun).poll(&mut cx).is_pending());
    CUSTOMER.sync_scope("Eve", || CUSTOMER.with(|_| drop(begun)));
    assert_eq!(noted.get(), Some("Eve"));
    assert!(CUSTOMER.try_get().is_err());
}
