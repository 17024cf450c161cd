//! Operations on a file, and which way each went.
//!
//!     cargo run -p buzzer-chapters --bin files
//!     cargo run -p buzzer-chapters --bin files -- pool      nothing is tried on the loop

use std::io::SeekFrom;
use std::{env, io, process};

use buzzer::fs::{self, File};
use buzzer::runtime::{Builder, FileIo, Runtime};
use buzzer::trace::Event;

async fn recipe(path: &str) -> io::Result<()> {
    let mut file = File::create_new(path).await?;
    file.write_all(b"18 g, 30 s").await?;
    drop(file);

    let mut file = File::open(path).await?;
    let mut grams = [0; 4];
    file.read_exact(&mut grams).await?;
    file.seek(SeekFrom::Start(6)).await?;
    let mut seconds = String::new();
    file.read_to_string(&mut seconds).await?;
    println!("{} in {seconds}", String::from_utf8_lossy(&grams));
    fs::remove_file(path).await
}

fn show(runtime: &Runtime) {
    let recording = runtime.recording();
    let ways: Vec<&str> = recording
        .records()
        .iter()
        .filter_map(|record| match record.event {
            Event::FileOp { at_once: true, .. } => Some("at once"),
            Event::FileOp { at_once: false, .. } => Some("by a worker"),
            _ => None,
        })
        .collect();
    println!("{} operations: {}", ways.len(), ways.join(", "));
}

fn main() -> io::Result<()> {
    let way = match env::args().nth(1).as_deref() {
        Some("pool") => FileIo::Pool,
        _ => FileIo::Auto,
    };
    let runtime = Builder::new_current_thread()
        .file_io(way)
        .record(10_000)
        .build()?;
    let path = env::temp_dir().join(format!("recipe-{}.txt", process::id()));
    runtime.block_on(recipe(&path.to_string_lossy()))?;
    show(&runtime);
    Ok(())
}
