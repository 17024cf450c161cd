//! What chapters say under "Try this", where it is a change of a program or of the
//! library: the change is made to a copy, which is built and run. `buzzer-ladder`'s
//! `tried` has what needs no change.

mod copies;
mod ladder;
mod machine;
mod outside;
