//! `#[tokio::main]` and `#[tokio::test]` of a crate that has another name here.

use tokio::time::{Duration, Instant, sleep};

#[tokio::test]
async fn a_test_runs_in_a_runtime() {
    assert_eq!(tokio::spawn(async { 7 }).await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_takes_no_time() {
    let began = Instant::now();
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(began.elapsed(), Duration::from_secs(3600));
}
