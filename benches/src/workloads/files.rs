//! Files that are in the page cache.

use std::time::Instant;

use super::{check, nanos_each, rt};
use crate::setting::{BLOCK, Files, SMALL, filler};

/// Per file, opened and read whole, one after the other.
pub fn one_by_one(files: &Files) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let mut right = 0;
        let begin = Instant::now();
        for (index, path) in files.small.iter().enumerate() {
            right += u64::from(is_file(index, &rt::fs::read(path).await?));
        }
        let figure = nanos_each(begin, files.small.len());
        check("files read right", right, files.small.len() as u64)?;
        Ok(figure)
    })
}

/// Per file, read by that many tasks which divide the files among them.
pub fn many_at_a_time(tasks: usize, files: &Files) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let begin = Instant::now();
        let handles: Vec<_> = (0..tasks)
            .map(|task| {
                let small = files.small.clone();
                rt::spawn(async move {
                    let mut right = 0;
                    for index in (task..small.len()).step_by(tasks) {
                        right += u64::from(is_file(index, &rt::fs::read(&small[index]).await?));
                    }
                    std::io::Result::Ok(right)
                })
            })
            .collect();
        let mut right = 0;
        for handle in handles {
            right += handle.await??;
        }
        let figure = nanos_each(begin, files.small.len());
        check("files read right", right, files.small.len() as u64)?;
        Ok(figure)
    })
}

/// Whether these are the contents of the small file of this index.
fn is_file(index: usize, contents: &[u8]) -> bool {
    contents.len() == SMALL && contents[SMALL - 1] == filler(index)
}

/// Per read of [`BLOCK`] bytes, to the end of the large file.
pub fn by_blocks(files: &Files) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let mut buffer = vec![0; BLOCK];
        let mut right = 0;
        let mut file = rt::fs::File::open(&files.large).await?;
        let begin = Instant::now();
        for index in 0.. {
            let read = rt::read(&mut file, &mut buffer).await?;
            if read == 0 {
                break;
            }
            right += u64::from(read == BLOCK && buffer[BLOCK - 1] == filler(index));
        }
        let figure = nanos_each(begin, files.blocks);
        check("blocks read right", right, files.blocks as u64)?;
        Ok(figure)
    })
}

/// Per read of ten bytes, from the beginning of the large file.
pub fn by_ten_bytes(times: usize, files: &Files) -> anyhow::Result<f64> {
    const TEN: usize = 10;

    rt::runtime()?.block_on(async {
        let mut buffer = [0; TEN];
        let mut right = 0;
        let mut file = rt::fs::File::open(&files.large).await?;
        let begin = Instant::now();
        for index in 0..times {
            let read = rt::read(&mut file, &mut buffer).await?;
            right += u64::from(read == TEN && buffer[0] == filler(index * TEN / BLOCK));
        }
        let figure = nanos_each(begin, times);
        check("reads that were right", right, times as u64)?;
        Ok(figure)
    })
}
