//! One file, and one directory, read from the beginning. What is read is in the kernel's
//! caches.

use std::fs;
use std::path::Path;
use std::time::Instant;

use benches::parts::{check, nanos_each};
use benches::setting::{BLOCK, filler, warm};

use crate::folder::{self, ENTRIES, LARGE, LINES};
use crate::peer::Peer;
use crate::system::System;

const TEN: usize = 10;

/// Per 64 KiB, to the end.
pub(super) fn by_blocks<P: Peer>(shrink: usize) -> anyhow::Result<f64> {
    warm(Path::new(LARGE))?;
    P::block_on(async move {
        let blocks = folder::blocks(shrink);
        let mut file = P::System::open(Path::new(LARGE), BLOCK).await?;
        let mut right = 0;
        let began = Instant::now();
        loop {
            // It may give less than it has room for: smol does.
            let bytes = P::System::read(&mut file).await?;
            let Some(last) = bytes.last() else {
                break;
            };
            let expected = filler((right + bytes.len() - 1) / BLOCK);
            right += bytes.len() * usize::from(*last == expected);
        }
        let figure = nanos_each(began, blocks);
        check("bytes read right", right as u64, (blocks * BLOCK) as u64)?;
        Ok(figure)
    })
}

/// Per read of ten bytes, each a call of the system's.
pub(super) fn by_ten_bytes<P: Peer>(times: usize) -> anyhow::Result<f64> {
    warm(Path::new(LARGE))?;
    P::block_on(async move {
        let mut file = P::System::open(Path::new(LARGE), TEN).await?;
        let mut right = 0;
        let began = Instant::now();
        for index in 0..times {
            let ten = P::System::read(&mut file).await?;
            right += u64::from(ten.len() == TEN && ten.last() == Some(&last_of(index)));
        }
        let figure = nanos_each(began, times);
        check("reads that were right", right, times as u64)?;
        Ok(figure)
    })
}

/// The same through a reader that buffers.
pub(super) fn by_ten_bytes_buffered<P: Peer>(times: usize) -> anyhow::Result<f64> {
    warm(Path::new(LARGE))?;
    P::block_on(async move {
        let mut reader = P::System::open_buffered(Path::new(LARGE)).await?;
        let mut right = 0;
        let began = Instant::now();
        for index in 0..times {
            let ten = P::System::read_ten(&mut reader).await?;
            right += u64::from(ten.last() == Some(&last_of(index)));
        }
        let figure = nanos_each(began, times);
        check("reads that were right", right, times as u64)?;
        Ok(figure)
    })
}

/// The last byte of the ten bytes of this index.
fn last_of(index: usize) -> u8 {
    filler((index * TEN + TEN - 1) / BLOCK)
}

/// Per line.
pub(super) fn lines<P: Peer>(shrink: usize) -> anyhow::Result<f64> {
    warm(Path::new(LINES))?;
    P::block_on(async move {
        let began = Instant::now();
        let (count, bytes) = P::System::lines(Path::new(LINES)).await?;
        let all = folder::lines(shrink).count();
        let figure = nanos_each(began, all);
        check("lines", count, all as u64)?;
        check(
            "their bytes",
            bytes,
            folder::lines(shrink).sum::<usize>() as u64,
        )?;
        Ok(figure)
    })
}

/// Per entry of a directory, of which the name is looked at.
pub(super) fn entries<P: Peer>(shrink: usize) -> anyhow::Result<f64> {
    let all = folder::entries(shrink);
    // Listed once, it is in the caches.
    check("entries", fs::read_dir(ENTRIES)?.count() as u64, all as u64)?;
    P::block_on(async move {
        let began = Instant::now();
        let count = P::System::entries(Path::new(ENTRIES)).await?;
        let figure = nanos_each(began, all);
        check("entries", count, all as u64)?;
        Ok(figure)
    })
}
