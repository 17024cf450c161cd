//! Small files, each opened and read whole.

use std::path::PathBuf;
use std::time::Instant;

use benches::parts::{check, nanos_each};
use benches::setting::warm;

use crate::folder;
use crate::peer::Peer;
use crate::system::{NoSuchThing, System};

/// Where the files are before they are read.
pub(super) enum Stand {
    /// In the page cache.
    Cached,
    /// On the disk; what leads to them is in the kernel's caches.
    Cold,
}

/// Per file, read by that many tasks which divide the files among them.
pub(super) fn whole<P: Peer>(at_a_time: usize, stand: Stand, shrink: usize) -> anyhow::Result<f64> {
    let files: Vec<_> = folder::small(shrink).collect();
    for path in &files {
        warm(path)?;
    }
    if let Stand::Cold = stand {
        folder::forget(&files)?;
    }
    P::block_on(read_all::<P>(at_a_time, files))
}

/// The same of cached files, by threads.
pub(super) fn whole_by_pool<P: Peer>(at_a_time: usize, shrink: usize) -> anyhow::Result<f64> {
    let files: Vec<_> = folder::small(shrink).collect();
    for path in &files {
        warm(path)?;
    }
    P::block_on_pool(read_all::<P>(at_a_time, files)).unwrap_or(Err(NoSuchThing.into()))
}

async fn read_all<P: Peer>(at_a_time: usize, files: Vec<PathBuf>) -> anyhow::Result<f64> {
    let count = files.len();
    let began = Instant::now();
    let tasks = (0..at_a_time).map(|task| {
        let indices = (task..count).step_by(at_a_time);
        let mine: Vec<_> = indices.map(|index| (index, files[index].clone())).collect();
        P::spawn(async move {
            let mut right = 0;
            for (index, path) in &mine {
                let contents = P::System::read_whole(path).await?;
                right += u64::from(folder::is_small(*index, &contents));
            }
            anyhow::Ok(right)
        })
    });
    let mut right = 0;
    for task in tasks.collect::<Vec<_>>() {
        right += P::output(task.await)?;
    }
    let figure = nanos_each(began, count);
    check("files read right", right, count as u64)?;
    Ok(figure)
}
