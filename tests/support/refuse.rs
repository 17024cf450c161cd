//! A sandbox: the kernel refuses a call.

use std::ffi::{c_int, c_long};
use std::io;

/// From here on this thread's calls of `number` fail with `errno`.
pub fn refuse(number: c_long, errno: c_int) {
    let load = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    let jump = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    let give = (libc::BPF_RET | libc::BPF_K) as u16;
    let refuse = libc::SECCOMP_RET_ERRNO | errno.cast_unsigned();
    let instruction = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let mut filter = [
        instruction(load, 0, 0, 0),
        instruction(jump, 0, 1, u32::try_from(number).unwrap()),
        instruction(give, 0, 0, refuse),
        instruction(give, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the first call takes integers; the second a filter program, which the
    // kernel checks and copies, and which is borrowed past the call.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let mode = libc::SECCOMP_MODE_FILTER;
        let code = libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program);
        assert_eq!(code, 0, "{}", io::Error::last_os_error());
    }
}
