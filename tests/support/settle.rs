//! On a paused clock: waiting until nothing else can run.

use buzzer::time::{Duration, sleep};

/// Lets everything run that can: only then does the clock move.
pub async fn settle() {
    sleep(Duration::from_nanos(1)).await;
}
