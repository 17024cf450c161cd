//! `echo-load ADDRESS ACTIVE IDLE REQUESTS` asks an echo server: see [`benches::load::echo`].
//! `load/mod.rs` starts it.

use std::env;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    benches::load::echo::make(&arguments)
}
