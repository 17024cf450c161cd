//! From names to addresses, off the loop.
//!
//! Owns [`ToSocketAddrs`] and [`lookup_host`]. What needs no lookup is done at once;
//! a name goes to getaddrinfo(3) on the blocking pool, since that may wait for a
//! name server.

use std::io;
use std::iter::Chain;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::{option, vec};

use crate::io::error::named;
use crate::machine::context;

/// What [`TcpStream::connect`](super::TcpStream::connect) and the like take for an
/// address: addresses, `"host:port"`, `("host", port)`, and slices of addresses.
///
/// Only this crate implements it.
///
/// # Examples
///
/// ```
/// use buzzer::net::TcpListener;
///
/// # buzzer::block_on(async {
/// TcpListener::bind("127.0.0.1:0").await?;
/// TcpListener::bind(("localhost", 0)).await?; // A name is looked up.
/// TcpListener::bind(std::net::SocketAddr::from(([127, 0, 0, 1], 0))).await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait ToSocketAddrs: Resolve {}

pub(super) mod sealed {
    use std::net::SocketAddr;

    pub trait Resolve {
        fn resolve(&self) -> std::io::Result<Resolved>;
    }

    /// How far an address is known without asking anyone.
    #[derive(Debug)]
    pub enum Resolved {
        /// Without an allocation: `UdpSocket::send_to` comes this way each time.
        One(SocketAddr),
        Several(Vec<SocketAddr>),
        /// A host's name and a port.
        Name(String, u16),
    }
}

use sealed::{Resolve, Resolved};

/// The addresses that `host` stands for, with the port in it.
///
/// A name is looked up on the blocking pool, and takes a thread of it until the
/// answer is there. Lookups take half of the pool's
/// [threads](crate::runtime::Builder::max_blocking_threads) at most, and one at least;
/// the others wait in line, first in first out, so that a silent name server holds up
/// no files.
///
/// # Errors
///
/// `InvalidInput` for what is not `host:port`; what the system's resolver says,
/// with the name.
///
/// # Panics
///
/// Outside a runtime, for a name that has to be looked up.
///
/// # Cancel safety
///
/// A dropped lookup that waits in line leaves it. One that has begun runs to its end on
/// its thread, for which the end of the runtime doesn't wait.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     let mut found = buzzer::net::lookup_host("127.0.0.1:80").await?;
///     assert_eq!(found.next(), Some(([127, 0, 0, 1], 80).into()));
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub async fn lookup_host<T: ToSocketAddrs>(
    host: T,
) -> io::Result<impl Iterator<Item = SocketAddr>> {
    lookup(&host).await
}

type Addresses = Chain<option::IntoIter<SocketAddr>, vec::IntoIter<SocketAddr>>;

pub(super) async fn lookup<T: ToSocketAddrs + ?Sized>(host: &T) -> io::Result<Addresses> {
    let addresses =
        |first: Option<SocketAddr>, rest: Vec<SocketAddr>| first.into_iter().chain(rest);
    match host.resolve()? {
        Resolved::One(address) => Ok(addresses(Some(address), Vec::new())),
        Resolved::Several(several) => Ok(addresses(None, several)),
        Resolved::Name(name, port) => {
            let query = (name.clone(), port);
            let job = context::look_up(&name, move || {
                std::net::ToSocketAddrs::to_socket_addrs(&query)
            });
            let found = job.await.unwrap_or_else(|error| Err(error.into()));
            let found = found.map_err(|error| named("look up", name, error))?;
            Ok(addresses(None, found.collect()))
        }
    }
}

/// Tries each address that `host` stands for, until `attempt` succeeds with one.
///
/// # Errors
///
/// That of the last address tried, with the address; `InvalidInput` if there was
/// none.
pub(super) async fn first_that_works<R>(
    what: &'static str,
    host: &(impl ToSocketAddrs + ?Sized),
    mut attempt: impl FnMut(SocketAddr) -> io::Result<R>,
) -> io::Result<R> {
    let mut last = None;
    for address in lookup(host).await? {
        match attempt(address) {
            Ok(result) => return Ok(result),
            Err(error) => last = Some(named(what, address, error)),
        }
    }
    Err(last.unwrap_or_else(|| none_to(what)))
}

/// As [`first_that_works`], for attempts that wait. It can't serve for both: an async
/// closure that borrows keeps the future of its caller from being `Send`.
pub(super) async fn first_that_answers<R>(
    what: &'static str,
    host: &(impl ToSocketAddrs + ?Sized),
    mut attempt: impl AsyncFnMut(SocketAddr) -> io::Result<R>,
) -> io::Result<R> {
    let mut last = None;
    for address in lookup(host).await? {
        match attempt(address).await {
            Ok(result) => return Ok(result),
            Err(error) => last = Some(named(what, address, error)),
        }
    }
    Err(last.unwrap_or_else(|| none_to(what)))
}

/// The first address that `host` stands for, where no other is tried.
pub(super) async fn first(
    what: &'static str,
    host: &(impl ToSocketAddrs + ?Sized),
) -> io::Result<SocketAddr> {
    lookup(host).await?.next().ok_or_else(|| none_to(what))
}

#[cold]
fn none_to(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("{what}: there is no address to try"),
    )
}

/// Splits `host:port`; the host of an IPv6 address is in brackets, and then it was
/// parsed before.
fn split(text: &str) -> io::Result<(&str, u16)> {
    let parts = text
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host, port.parse().ok()?)));
    parts.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{text:?} is no socket address: it must be host:port"),
        )
    })
}

fn known(address: impl Into<SocketAddr>) -> io::Result<Resolved> {
    Ok(Resolved::One(address.into()))
}

impl Resolve for str {
    fn resolve(&self) -> io::Result<Resolved> {
        match self.parse::<SocketAddr>() {
            Ok(address) => known(address),
            Err(_) => split(self)?.resolve(),
        }
    }
}

impl Resolve for (&str, u16) {
    fn resolve(&self) -> io::Result<Resolved> {
        let (host, port) = *self;
        match host.parse::<IpAddr>() {
            Ok(ip) => known((ip, port)),
            Err(_) => Ok(Resolved::Name(host.to_owned(), port)),
        }
    }
}

impl Resolve for [SocketAddr] {
    fn resolve(&self) -> io::Result<Resolved> {
        Ok(Resolved::Several(self.to_vec()))
    }
}

impl Resolve for (String, u16) {
    fn resolve(&self) -> io::Result<Resolved> {
        (&*self.0, self.1).resolve()
    }
}

impl Resolve for String {
    fn resolve(&self) -> io::Result<Resolved> {
        (**self).resolve()
    }
}

impl<T: Resolve + ?Sized> Resolve for &T {
    fn resolve(&self) -> io::Result<Resolved> {
        (**self).resolve()
    }
}

/// What is one address as it stands.
macro_rules! known_as_it_stands {
    ($($address:ty),*) => {$(
        impl Resolve for $address {
            fn resolve(&self) -> io::Result<Resolved> {
                known(*self)
            }
        }

        impl ToSocketAddrs for $address {}
    )*};
}

known_as_it_stands!(
    SocketAddr,
    SocketAddrV4,
    SocketAddrV6,
    (IpAddr, u16),
    (Ipv4Addr, u16),
    (Ipv6Addr, u16)
);

impl ToSocketAddrs for str {}
impl ToSocketAddrs for String {}
impl ToSocketAddrs for (&str, u16) {}
impl ToSocketAddrs for (String, u16) {}
impl ToSocketAddrs for [SocketAddr] {}
impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {}
