//! Named pipes.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Makes one that its owner may read, write and, if only it could be, run.
pub fn make_fifo(path: &Path) {
    let name = CString::new(path.as_os_str().as_bytes()).unwrap();
    // SAFETY: `name` ends in a null, and is borrowed past the call.
    let code = unsafe { libc::mkfifo(name.as_ptr(), 0o700) };
    assert_eq!(code, 0, "{}", std::io::Error::last_os_error());
}
