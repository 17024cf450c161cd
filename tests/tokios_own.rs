//! tokio's own locks, channels and `select!` need nothing of a runtime but wakers: a
//! library that brings them runs on buzzer.

#[path = "support/log.rs"]
mod log;
#[path = "support/paused.rs"]
mod paused;

use std::pin::pin;

use buzzer::spawn;
use buzzer::time::{Duration, sleep};
use log::Log;
use paused::paused;
use tokio::sync::{mpsc, oneshot};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn tokios_channels_hand_over_between_tasks() {
    paused().block_on(async {
        let (sender, mut receiver) = mpsc::channel(1);
        let (done, ended) = oneshot::channel();
        spawn(async move {
            let mut received = Vec::new();
            while let Some(number) = receiver.recv().await {
                received.push(number);
            }
            done.send(received).unwrap();
        });
        for number in 1..=3 {
            sleep(SECOND).await;
            sender.send(number).await.unwrap();
        }
        drop(sender);
        assert_eq!(ended.await, Ok(vec![1, 2, 3]));
    });
}

#[test]
fn tokios_select_polls_timers_and_channels() {
    paused().block_on(async {
        let log = Log::default();
        let (sender, mut receiver) = mpsc::unbounded_channel();
        spawn(async move {
            for number in 1..=2 {
                sleep(SECOND).await;
                sender.send(number).unwrap();
            }
            sleep(SECOND).await;
        });
        let mut limit = pin!(sleep(SECOND * 5 / 2));
        loop {
            tokio::select! {
                biased;
                () = limit.as_mut() => break log.note("time is up"),
                Some(number) = receiver.recv() => log.note(number),
                else => break log.note("both branches are disabled"),
            }
        }
        assert_eq!(log.take(), ["1", "2", "time is up"]);
    });
}
