//! Where a panic says that it was.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use super::caught::message;

thread_local! {
    static LAST: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

/// What `code` panics with, and the file and line that the panic names.
pub fn panic_at<R>(code: impl FnOnce() -> R) -> (String, (String, u32)) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            let place = info.location().expect("there is one always");
            let place = (place.file().to_owned(), place.line());
            // None at the end of a thread.
            let _ = LAST.try_with(|last| last.replace(Some(place)));
            before(info);
        }));
    });
    let Err(payload) = catch_unwind(AssertUnwindSafe(code)) else {
        panic!("the code was expected to panic, and did not");
    };
    let place = LAST.take().expect("the hook has seen the panic");
    (message(payload.as_ref()), place)
}
