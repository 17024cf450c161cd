//! A single-threaded async runtime, made by hand.
