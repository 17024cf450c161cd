//! The threads of this process: their names, and whether they sleep in the kernel.
//! POSIX has no way to ask, so each system is asked in its own.
#![allow(dead_code, reason = "each test file uses a part of it")]

/// The system's number of a thread.
pub type Id = i64;

pub struct Thread {
    pub id: Id,
    pub name: String,
    pub asleep: bool,
}

#[allow(unused_imports, reason = "each test file uses a part of it")]
pub use system::{all, current, is_asleep};

/// Spins until a thread of that name sleeps.
pub fn wait_until_asleep(name: &str) {
    while !all()
        .iter()
        .any(|thread| thread.name == name && thread.asleep)
    {
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
mod system {
    use super::{Id, Thread};

    pub fn current() -> Id {
        rustix::thread::gettid().as_raw_nonzero().get().into()
    }

    pub fn all() -> Vec<Thread> {
        let threads = std::fs::read_dir("/proc/self/task").unwrap();
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
        let threads = threads.map(|entry| name(entry).into_string().unwrap());
        threads.filter_map(|id| look(id.parse().unwrap())).collect()
    }

    pub fn is_asleep(id: Id) -> bool {
        look(id).expect("the thread lives").asleep
    }

    /// `None` if it has ended.
    fn look(id: Id) -> Option<Thread> {
        let stat = std::fs::read_to_string(format!("/proc/self/task/{id}/stat")).ok()?;
        // The name is in parentheses, and may hold some.
        let (before, state) = stat.rsplit_once(") ").unwrap();
        let (_, name) = before.split_once(" (").unwrap();
        Some(Thread {
            id,
            name: name.to_owned(),
            asleep: state.starts_with('S'),
        })
    }
}

#[cfg(target_os = "macos")]
#[allow(
    deprecated,
    reason = "libc has Mach's calls for std, which needs no more than these"
)]
mod system {
    use super::{Id, Thread};

    pub fn current() -> Id {
        // SAFETY: both take a thread that lives, which the caller's does.
        unsafe { libc::pthread_mach_thread_np(libc::pthread_self()) }.into()
    }

    pub fn all() -> Vec<Thread> {
        let (mut list, mut count) = (std::ptr::null_mut(), 0);
        // SAFETY: both are borrowed for writing past the call.
        let code =
            unsafe { libc::task_threads(libc::mach_task_self(), &raw mut list, &raw mut count) };
        assert_eq!(code, 0);
        // SAFETY: the call gave a list of so many. It stays: a page for each look.
        let list = unsafe { std::slice::from_raw_parts(list, count as usize) };
        list.iter().filter_map(|&port| look(port)).collect()
    }

    pub fn is_asleep(id: Id) -> bool {
        let found = libc::mach_port_t::try_from(id).ok().and_then(look);
        found.expect("the thread lives").asleep
    }

    /// `None` if it has ended.
    fn look(port: libc::mach_port_t) -> Option<Thread> {
        // SAFETY: all zeroes are a value of it.
        let mut info: libc::thread_basic_info = unsafe { std::mem::zeroed() };
        let mut size = libc::THREAD_BASIC_INFO_COUNT;
        let mut name = [0; 64];
        // SAFETY: `info` has room for `size` words, and `name` for the bytes said; all
        // are borrowed past the calls. Of a port without a thread both tell an error.
        let codes = unsafe {
            [
                libc::thread_info(
                    port,
                    libc::THREAD_BASIC_INFO as libc::thread_flavor_t,
                    (&raw mut info).cast(),
                    &raw mut size,
                ),
                libc::pthread_getname_np(
                    libc::pthread_from_mach_thread_np(port),
                    name.as_mut_ptr(),
                    name.len(),
                ),
            ]
        };
        let name = name.map(|byte: libc::c_char| byte as u8);
        let name = std::ffi::CStr::from_bytes_until_nul(&name).unwrap();
        (codes == [0; 2]).then(|| Thread {
            id: port.into(),
            name: name.to_str().unwrap().to_owned(),
            asleep: info.run_state == libc::TH_STATE_WAITING,
        })
    }
}

#[cfg(target_os = "freebsd")]
mod system {
    use super::{Id, Thread};

    pub fn current() -> Id {
        // SAFETY: it takes nothing.
        unsafe { libc::pthread_getthreadid_np() }.into()
    }

    pub fn all() -> Vec<Thread> {
        let this = std::process::id().to_string();
        let mut ps = std::process::Command::new("ps");
        ps.args([
            "-H", "-o", "lwp=", "-o", "state=", "-o", "tdname=", "-p", &this,
        ]);
        let said = String::from_utf8(ps.output().unwrap().stdout).unwrap();
        said.lines().map(thread).collect()
    }

    pub fn is_asleep(id: Id) -> bool {
        let found = all().into_iter().find(|thread| thread.id == id);
        found.expect("the thread lives").asleep
    }

    fn thread(line: &str) -> Thread {
        let (id, rest) = line.trim().split_once(' ').unwrap();
        let (state, name) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
        Thread {
            id: id.parse().unwrap(),
            name: name.trim().to_owned(),
            // `I` for one that has slept for long.
            asleep: state.starts_with(['S', 'I']),
        }
    }
}
