//! buzzer and its peers, as the kit sees them: a file for each.
//!
//! Each is used as its own documentation says, in its own types, with what it has for
//! tasks that are not `Send`. What an executor lacks is not made up for: then the kit says
//! "not offered". The exceptions stand at the heads of the files.

mod buzzer;
mod compio;
mod embassy;
mod futures;
#[cfg(target_os = "linux")]
mod glommio;
mod monoio;
mod shared;
mod smol;
mod tokio;

use buzzer_kit::Executor;

/// All of them, in the order of the table.
pub fn executors() -> Vec<Executor> {
    vec![
        buzzer::executor(),
        tokio::executor(),
        smol::executor(),
        monoio::executor(),
        #[cfg(target_os = "linux")]
        glommio::executor(),
        compio::executor(),
        futures::executor(),
        embassy::executor(),
    ]
}

/// Why this machine can't run some of them as docs/contrast.md has them; by name.
pub fn refused() -> Vec<(&'static str, String)> {
    let mut refused = compio::refused();
    #[cfg(target_os = "linux")]
    refused.extend(glommio::refused());
    refused
}
