//! libc's errno, to be set.

pub fn set_errno(number: i32) {
    #[cfg(target_os = "linux")]
    use libc::__errno_location as place;
    #[cfg(not(target_os = "linux"))]
    use libc::__error as place;
    // SAFETY: it is the calling thread's own, for as long as that lives.
    unsafe { *place() = number };
}
