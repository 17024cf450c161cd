//! A runtime whose clock stands still while there is anything to do, and jumps
//! when there is not.

use buzzer::runtime::{Builder, Runtime};

pub fn paused() -> Runtime {
    Builder::new_current_thread()
        .start_paused(true)
        .build()
        .unwrap()
}
