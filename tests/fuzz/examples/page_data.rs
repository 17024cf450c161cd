//! Writes the data of the pages that the corpus of `names` gives, for the page's script to be
//! fuzzed with.
//!
//!     cargo run -p buzzer-fuzz-tests --example page_data -- FOLDER

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| io::Error::other("into which folder?"))?;
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/names"))? {
        let file = file?;
        let data = harness::names::data(&fs::read(file.path())?);
        let data = data.ok_or_else(|| {
            let name = file.file_name();
            io::Error::other(format!("{} makes no run", name.display()))
        })?;
        fs::write(folder.join(file.file_name()), data)?;
    }
    Ok(())
}
