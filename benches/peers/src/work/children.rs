//! Child processes.

use std::time::Instant;

use benches::parts::{check, nanos_each};

use crate::peer::Peer;
use crate::system::System;

/// Per child that is started and waited for, one after the other.
pub(super) fn in_turn<P: Peer>(times: usize) -> anyhow::Result<f64> {
    P::block_on(async move {
        // What a first child has made is there for all others.
        check("first child", P::System::child("true").await?.into(), 1)?;
        let mut ended = 0;
        let began = Instant::now();
        for _ in 0..times {
            ended += u64::from(P::System::child("true").await?);
        }
        let figure = nanos_each(began, times);
        check("children that ended well", ended, times as u64)?;
        Ok(figure)
    })
}
