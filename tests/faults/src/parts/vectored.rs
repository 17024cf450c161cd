//! Several buffers in one call, to each kind of end: what came is what was sent.

use std::io::{self, IoSlice, IoSliceMut};

use buzzer::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use buzzer::net::UnixStream;
use buzzer::net::unix::pipe;

use super::{Said, children};

/// More than what the library copies together instead.
const BUFFER: usize = 5_000;

pub async fn buffers() -> Said {
    let [tea, coffee] = [b't', b'c'].map(|byte| vec![byte; BUFFER]);
    let sent = [&tea[..], &coffee].concat();
    let (mut left, mut right) = UnixStream::pair()?;
    let (mut sender, mut receiver) = pipe::pipe()?;
    write_all(&mut left, [&tea, &coffee]).await?;
    drop(left);
    let mut streamed = Vec::new();
    right.read_to_end(&mut streamed).await?;
    write_all(&mut sender, [&tea, &coffee]).await?;
    drop(sender);
    let mut piped = vec![0; 10];
    let (one, other) = piped.split_at_mut(4);
    receiver.readable().await?;
    let mut both = [IoSliceMut::new(one), IoSliceMut::new(other)];
    let count = loop {
        // A try is one call, and what that says is its caller's.
        match receiver
            .try_read_vectored(&mut both)
            .map_err(|error| (error.kind(), error))
        {
            Ok(count) => break count,
            Err((io::ErrorKind::WouldBlock, _)) => receiver.readable().await?,
            Err((io::ErrorKind::Interrupted, _)) => {}
            Err((_, error)) => return Err(error),
        }
    };
    piped.truncate(count);
    receiver.read_to_end(&mut piped).await?;
    let to_child = to_a_child([&tea, &coffee]).await?;
    let same = [streamed, piped, to_child].map(|came| came == sent);
    Ok(format!(
        "a stream, a pipe and a child got the same: {same:?}"
    ))
}

async fn to_a_child(buffers: [&[u8]; 2]) -> io::Result<Vec<u8>> {
    let mut child = children::cat()?;
    let mut to = child.stdin.take().expect("a pipe");
    // There is room for all of it.
    write_all(&mut to, buffers).await?;
    drop(to);
    Ok(child.wait_with_output().await?.stdout)
}

async fn write_all<W: AsyncWrite + Unpin>(to: &mut W, buffers: [&[u8]; 2]) -> io::Result<()> {
    let mut slices = buffers.map(IoSlice::new);
    let mut left = &mut slices[..];
    while !left.is_empty() {
        let written = to.write_vectored(left).await?;
        IoSlice::advance_slices(&mut left, written);
    }
    Ok(())
}
