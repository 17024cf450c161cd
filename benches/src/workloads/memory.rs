//! Bytes between two tasks, through memory: what the adaptors of io cost.

use std::time::Instant;

use super::rt::{AsyncReadExt as _, AsyncWriteExt as _, io};
use super::{check, nanos_each, rt, sum_up_to};
use crate::setting::{BLOCK, filler};

/// Per number written through a buffer, and read through one, out of a pipe of 64 KiB.
pub fn numbers(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let (near, far) = io::duplex(BLOCK);
        let begin = Instant::now();
        let written = rt::spawn(async move {
            let mut to = io::BufWriter::new(near);
            for number in 1..=times as u64 {
                to.write_u64(number).await?;
            }
            to.shutdown().await
        });
        let read = rt::spawn(async move {
            let mut from = io::BufReader::new(far);
            let mut sum = 0;
            for _ in 0..times {
                sum += from.read_u64().await?;
            }
            anyhow::Ok(sum)
        });
        written.await??;
        let sum = read.await??;
        let figure = nanos_each(begin, times);
        check("sum of numbers", sum, sum_up_to(times))?;
        Ok(figure)
    })
}

/// Per 64 KiB copied into a pipe by one task, and out of it by another.
pub fn copies(blocks: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let bytes = (blocks * BLOCK) as u64;
        let (mut near, mut far) = io::duplex(BLOCK);
        let begin = Instant::now();
        let copied =
            rt::spawn(
                async move { io::copy(&mut io::repeat(filler(1)).take(bytes), &mut near).await },
            );
        let drained = rt::spawn(async move { io::copy(&mut far, &mut io::sink()).await });
        let figures = (copied.await??, drained.await??);
        let figure = nanos_each(begin, blocks);
        check("bytes copied", figures.0, bytes)?;
        check("bytes drained", figures.1, bytes)?;
        Ok(figure)
    })
}
