//! What chapters say under "Try this", where it is a change of a program or of the
//! library: the change is made to a copy, which is built and run. `held` knows where the
//! others are: most in `buzzer-ladder`'s `tried`, which has what needs no change.

mod copies;
mod held;
mod ladder;
mod machine;
mod outside;
