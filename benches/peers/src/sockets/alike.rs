//! What the sockets of several runtimes say with the same words.

/// The part of [`Sockets`](super::Sockets) of those who bind as tokio does.
macro_rules! binds {
    () => {
        async fn listen_tcp() -> io::Result<(TcpListener, SocketAddr)> {
            let listener = TcpListener::bind(ANY_PORT).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        }

        async fn listen_unix(at: &Path) -> io::Result<UnixListener> {
            UnixListener::bind(at)
        }

        async fn bind_udp() -> io::Result<(UdpSocket, SocketAddr)> {
            let socket = UdpSocket::bind(ANY_PORT).await?;
            let address = socket.local_addr()?;
            Ok((socket, address))
        }
    };
}

/// Those whose listeners accept a stream and an address.
macro_rules! listens {
    ($tcp_listener:ty => $tcp_stream:ty, $unix_listener:ty => $unix_stream:ty) => {
        impl Listener for $tcp_listener {
            type Stream = $tcp_stream;

            async fn next(&self) -> io::Result<$tcp_stream> {
                let (stream, _) = self.accept().await?;
                stream.set_nodelay(true)?;
                Ok(stream)
            }
        }

        impl Listener for $unix_listener {
            type Stream = $unix_stream;

            async fn next(&self) -> io::Result<$unix_stream> {
                let (stream, _) = self.accept().await?;
                Ok(stream)
            }
        }
    };
}

/// Those whose sockets borrow the room, by traits of their own that are in scope.
macro_rules! borrows {
    ($datagrams:ty, $($stream:ty),*) => {
        $(impl Stream for $stream {
            async fn receive(&mut self, mut room: Room) -> io::Result<(usize, Room)> {
                let length = self.read(&mut room).await?;
                Ok((length, room))
            }

            async fn send(&mut self, bytes: Room, length: usize) -> io::Result<Room> {
                self.write_all(&bytes[..length]).await?;
                Ok(bytes)
            }
        })*

        impl Datagrams for $datagrams {
            async fn receive(&self, mut room: Room) -> io::Result<(usize, SocketAddr, Room)> {
                let (length, from) = self.recv_from(&mut room).await?;
                Ok((length, from, room))
            }

            async fn send(
                &self,
                bytes: Room,
                length: usize,
                to: SocketAddr,
            ) -> io::Result<Room> {
                self.send_to(&bytes[..length], to).await?;
                Ok(bytes)
            }
        }
    };
}

pub(super) use {binds, borrows, listens};
