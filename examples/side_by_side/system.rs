//! What the system tells of this process: Linux in /proc, the others by `ps`.

pub use told::{resident_bytes, stack_bytes, threads};

#[cfg(target_os = "linux")]
mod told {
    use std::{fs, io};

    /// The memory of this process in bytes, to the page.
    pub fn resident_bytes() -> io::Result<u64> {
        let text = fs::read_to_string("/proc/self/smaps_rollup")?;
        let kib = text.lines().find_map(|line| {
            let number = line.strip_prefix("Rss:")?.trim().strip_suffix(" kB")?;
            number.parse::<u64>().ok()
        });
        let kib = kib.ok_or_else(|| io::Error::other("/proc/self/smaps_rollup has no Rss"))?;
        Ok(kib * 1024)
    }

    /// How many threads this process has.
    pub fn threads() -> io::Result<usize> {
        Ok(fs::read_dir("/proc/self/task")?.count())
    }

    /// All bytes, and those touched, of the stacks of threads that hold `addresses`.
    pub fn stack_bytes(addresses: &[u64], _before: u64) -> io::Result<(u64, u64)> {
        let mut sums = (0, 0);
        let mut is_stack = false;
        for line in fs::read_to_string("/proc/self/smaps")?.lines() {
            // A mapping begins with a line `7f00a000-7f00c000 rw-p ...`; what is
            // known about it follows, as `Rss:      8 kB`.
            let mut words = line.split_whitespace();
            let Some(first) = words.next() else { continue };
            if let Some((from, to)) = first.split_once('-') {
                let address = |text| u64::from_str_radix(text, 16);
                if let (Ok(from), Ok(to)) = (address(from), address(to)) {
                    is_stack = addresses.iter().any(|address| (from..to).contains(address));
                    continue;
                }
            }
            let kib = words.next().and_then(|number| number.parse::<u64>().ok());
            match (is_stack, first, kib) {
                (true, "Size:", Some(kib)) => sums.0 += kib * 1024,
                (true, "Rss:", Some(kib)) => sums.1 += kib * 1024,
                _ => {}
            }
        }
        Ok(sums)
    }
}

#[cfg(not(target_os = "linux"))]
mod told {
    use std::io;
    use std::process::Command;

    /// The memory of this process in bytes, to the page.
    pub fn resident_bytes() -> io::Result<u64> {
        let text = ps(&["-o", "rss="])?;
        let kib: Result<u64, _> = text.trim().parse();
        kib.map(|kib| kib * 1024).map_err(io::Error::other)
    }

    /// How many threads this process has.
    pub fn threads() -> io::Result<usize> {
        let each = if cfg!(target_os = "macos") {
            "-M"
        } else {
            "-H"
        };
        // The first line names the columns.
        Ok(ps(&[each])?.lines().skip(1).count())
    }

    /// All bytes, and those touched, of the stacks of threads that hold `addresses`. Of
    /// single stacks the system tells nothing: what has come since `before` was resident
    /// is theirs, and std asks for 2 MiB each.
    pub fn stack_bytes(addresses: &[u64], before: u64) -> io::Result<(u64, u64)> {
        let touched = resident_bytes()?.saturating_sub(before);
        Ok((addresses.len() as u64 * (2 << 20), touched))
    }

    fn ps(options: &[&str]) -> io::Result<String> {
        let this = std::process::id().to_string();
        let output = Command::new("ps")
            .args(options)
            .args(["-p", &this])
            .output()?;
        String::from_utf8(output.stdout).map_err(io::Error::other)
    }
}
