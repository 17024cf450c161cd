//! What the kernel tells of a descriptor, in /proc.
//!
//! Owns the reading of its files. The dump asks, so nothing is kept while the program
//! runs. Where there is no /proc, `fstat` has to do.

use std::cell::OnceCell;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::RawFd;

use super::super::signal;
use super::super::signal_kind::SignalKind;
use super::super::unix;
pub(crate) use unix::told::What;

/// Looks at descriptors, for one dump.
#[derive(Default)]
pub(crate) struct Looker {
    /// The kernel's list of the TCP sockets of this network: read once, and only if a
    /// socket still connects, of which nothing else tells where to.
    connecting: OnceCell<Vec<(u64, SocketAddr)>>,
    /// The eventfds of the signals, by the kernel's number.
    signals: OnceCell<Vec<(u64, SignalKind)>>,
    otherwise: unix::told::Looker,
}

impl Looker {
    /// Where a TCP socket connects to.
    pub(crate) fn connects_to(&self, fd: RawFd) -> Option<SocketAddr> {
        let link = fs::read_link(format!("/proc/self/fd/{fd}")).ok()?;
        let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        let inode: u64 = inode.parse().ok()?;
        let all = self.connecting.get_or_init(connecting);
        let found = all.iter().find(|(other, _)| *other == inode);
        found.map(|(_, to)| *to)
    }

    /// What it is of, if it is no socket.
    pub(crate) fn what(&self, fd: RawFd) -> What {
        let Ok(link) = fs::read_link(format!("/proc/self/fd/{fd}")) else {
            return self.otherwise.what(fd);
        };
        let text = link.to_string_lossy();
        let (kind, rest) = text.split_once(':').unwrap_or((&text, ""));
        let kind = match kind {
            // What has no file of its own: `anon_inode:[eventfd]`, `anon_inode:inotify`.
            "anon_inode" => rest.trim_matches(['[', ']']),
            "pidfd" => "pidfd",
            "pipe" => return self.otherwise.what(fd),
            _ => return What::File(link),
        };
        match kind {
            "pidfd" => What::Child(info(fd, "Pid:").filter(|pid| *pid > 0)),
            "eventfd" => match self.signal(fd) {
                Some(signal) => What::Signal(signal),
                None => What::Kind("an eventfd".to_owned()),
            },
            kind => What::Kind(format!("a descriptor of {kind}")),
        }
    }

    fn signal(&self, fd: RawFd) -> Option<SignalKind> {
        let number = info(fd, "eventfd-id:")?;
        let all = self.signals.get_or_init(|| {
            let caught = signal::caught();
            let numbered =
                |(signal, event)| Some((info(event, "eventfd-id:")?, SignalKind(signal)));
            caught.filter_map(numbered).collect()
        });
        let found = all.iter().find(|(other, _)| *other == number);
        found.map(|(_, signal)| *signal)
    }
}

/// A number that the kernel tells of a descriptor.
fn info(fd: RawFd, key: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().parse().ok()
}

/// The TCP sockets that connect, by their inodes, and where to.
fn connecting() -> Vec<(u64, SocketAddr)> {
    let lists = ["/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"];
    let texts = lists.map(|path| fs::read_to_string(path).unwrap_or_default());
    texts
        .iter()
        .flat_map(|text| text.lines().filter_map(connects))
        .collect()
}

/// A line of that list: proc_pid_net(5). `sl local rem st tx:rx tr:when retr uid timeout
/// inode`.
fn connects(line: &str) -> Option<(u64, SocketAddr)> {
    const SYN_SENT: &str = "02";
    let columns: Vec<_> = line.split_ascii_whitespace().collect();
    if columns.get(3) != Some(&SYN_SENT) {
        return None;
    }
    let (address, port) = columns[2].split_once(':')?;
    let words = address.as_bytes().chunks(8).map(|word| {
        // Each as the kernel has it in memory.
        let word = u32::from_str_radix(str::from_utf8(word).ok()?, 16).ok()?;
        Some(word.to_ne_bytes())
    });
    let bytes = words.collect::<Option<Vec<_>>>()?.concat();
    let ip: IpAddr = match bytes.len() {
        4 => Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into(),
        _ => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into(),
    };
    let port = u16::from_str_radix(port, 16).ok()?;
    Some((columns.get(9)?.parse().ok()?, SocketAddr::new(ip, port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_connects_is_found_in_the_kernels_list() {
        if cfg!(target_endian = "big") {
            return;
        }
        let line = "   7: 0100007F:D431 05010A0A:0050 02 00000001:00000000 01:00000064 00000001 \
                    1000        0 987654 2 0000000000000000 400 0 0 1 7";
        let to = SocketAddr::from(([10, 10, 1, 5], 80));
        assert_eq!(connects(line), Some((987_654, to)));
        let six = "   1: 00000000000000000000000001000000:D431 \
                   B80D0120000000000000000001000000:01BB 02 00000001:00000000 01:00000064 00000001 \
                   1000 0 55 2 0 400 0 0 1 7";
        let to = "[2001:db8::1]:443".parse().unwrap();
        assert_eq!(connects(six), Some((55, to)));
        let connected = line.replace(" 02 ", " 01 ");
        assert_eq!(connects(&connected), None);
        assert_eq!(
            connects("  sl  local_address rem_address   st tx_queue"),
            None
        );
        assert_eq!(connects(""), None);
    }
}
