//! The kit's report on each of the peers:
//!
//!     cargo run -p buzzer-kit-peers -- WORD

use std::process::ExitCode;

fn main() -> ExitCode {
    buzzer_kit::main(&buzzer_kit_peers::executors())
}
