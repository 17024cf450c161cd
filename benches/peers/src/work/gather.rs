//! Many futures in one task.

use std::time::Instant;

use benches::parts::{check, nanos_each, pass};

use crate::peer::Peer;

/// Per future that waits once, to be woken by itself, among so many awaited at once.
pub(super) fn of<P: Peer>(futures: usize, times: usize) -> anyhow::Result<f64> {
    P::block_on(async move {
        let mut done = 0;
        let began = Instant::now();
        for _ in 0..times {
            let futures = (0..futures).map(|_| async {
                pass().await;
                1
            });
            let outputs = P::gather(futures.collect()).await;
            done += outputs.iter().sum::<u64>();
        }
        let figure = nanos_each(began, futures * times);
        check("futures that ended", done, (futures * times) as u64)?;
        Ok(figure)
    })
}
