//! Blocking jobs.

use std::time::Instant;

use benches::parts::{check, nanos_each, sum_up_to};

use crate::peer::Peer;

/// Per job that does nothing, with so many of them on their way at a time. The threads are
/// there.
pub(super) fn in_turn<P: Peer>(at_a_time: usize, times: usize) -> anyhow::Result<Option<f64>> {
    P::block_on(async move {
        if P::job(|| ()).is_none() {
            return Ok(None);
        }
        let tasks = move |each: usize| {
            (0..at_a_time).map(move |_| {
                P::spawn(async move {
                    let mut sum = 0;
                    for number in 1..=each as u64 {
                        let job = P::job(move || number);
                        sum += job.expect("it has jobs, as was asked before").await;
                    }
                    sum
                })
            })
        };
        for handle in tasks(10).collect::<Vec<_>>() {
            P::output(handle.await);
        }
        let each = (times / at_a_time).max(1);
        let began = Instant::now();
        let mut sum = 0;
        for handle in tasks(each).collect::<Vec<_>>() {
            sum += P::output(handle.await);
        }
        let figure = nanos_each(began, each * at_a_time);
        check("sum of outputs", sum, at_a_time as u64 * sum_up_to(each))?;
        Ok(Some(figure))
    })
}
