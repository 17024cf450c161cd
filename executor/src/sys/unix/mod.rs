//! What every Unix has: POSIX and mio, and no more.
