//! Calls that std has not, and what an end has to wait for so that the other has nothing
//! left to race with.
//!
//! Used by both interpreters, each on descriptors of its own.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;

/// Most descriptors of one message.
pub const MOST_RIGHTS: usize = 3;

/// Waits until the system tells one of `flags`, or that the other end is gone.
pub fn wait_for(fd: impl AsFd, flags: PollFlags) -> io::Result<()> {
    let mut fds = [PollFd::new(&fd, flags)];
    loop {
        match poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) => {}
            result => return result.map(drop).map_err(Into::into),
        }
    }
}

/// Waits until so many bytes lie there unread. There is no event for "so many", so it asks
/// again; they are on their way, so that is soon.
pub fn wait_for_bytes(fd: impl AsFd, count: u64) -> io::Result<()> {
    while rustix::io::ioctl_fionread(&fd)? < count {
        std::thread::yield_now();
    }
    Ok(())
}

/// Sends a byte out of band.
pub fn send_urgent(fd: impl AsFd, byte: u8) -> io::Result<()> {
    rustix::net::send(fd, &[byte], SendFlags::OOB | SendFlags::NOSIGNAL)?;
    Ok(())
}

/// A descriptor to be passed: the end of a pipe in which lies this byte.
fn marked(mark: u8) -> io::Result<OwnedFd> {
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    rustix::io::write(write, &[mark])?;
    Ok(read)
}

/// Sends bytes with descriptors, which are marked by their numbers from 1 on. All the bytes
/// go, or none.
pub fn send_rights(fd: impl AsFd, bytes: &[u8], count: usize) -> io::Result<usize> {
    let marked = (1..=count).map(|mark| marked(mark as u8));
    let owned: Vec<_> = marked.collect::<Result<_, _>>()?;
    let fds: Vec<_> = owned.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_RIGHTS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
    let parts = [IoSlice::new(bytes)];
    let sent = rustix::net::sendmsg(fd, &parts, &mut control, SendFlags::NOSIGNAL)?;
    Ok(sent)
}

/// Receives bytes, and the marks of the descriptors that came with them.
pub fn receive_rights(fd: impl AsFd, buffer: &mut [u8]) -> io::Result<(usize, Vec<u8>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_RIGHTS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(buffer)];
    let flags = RecvFlags::CMSG_CLOEXEC;
    let received = rustix::net::recvmsg(fd, &mut parts, &mut control, flags)?;
    let mut marks = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(fds) = message {
            for fd in fds {
                let mut mark = [0];
                rustix::io::read(fd, &mut mark)?;
                marks.push(mark[0]);
            }
        }
    }
    Ok((received.bytes, marks))
}

/// What is told of an error: its kind, for that is what programs go by.
pub fn told(error: &io::Error) -> String {
    format!("{:?}", error.kind())
}
