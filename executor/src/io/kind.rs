//! What a source is, as errors and panics name it.

use std::fmt;

/// What is registered with the reactor. Only a byte, since each source has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    AsyncFd,
    TcpStream,
    TcpListener,
    UdpSocket,
    UnixStream,
    UnixListener,
    UnixDatagram,
    PipeSender,
    PipeReceiver,
    Child,
    ChildStdin,
    ChildStdout,
    ChildStderr,
    Signal,
}

/// Its name, with the article.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let article = match self {
            // By the module that programs know them by.
            Self::PipeSender => return f.write_str("a pipe::Sender"),
            Self::PipeReceiver => return f.write_str("a pipe::Receiver"),
            Self::AsyncFd => "an",
            // Also for the Unix ones: by sound.
            _ => "a",
        };
        write!(f, "{article} {self:?}")
    }
}
