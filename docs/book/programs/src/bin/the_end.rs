//! What becomes of everything when the runtime ends.
//!
//!     cargo run -p buzzer-chapters --bin the_end

use std::future::pending;
use std::{env, io, panic, process};

use buzzer::runtime::{Builder, FileIo};
use buzzer::{fs, task};

/// A guest who is still there at closing time.
struct Guest(&'static str);

impl Drop for Guest {
    fn drop(&mut self) {
        println!("{} goes home", self.0);
        if self.0 == "Grace" {
            let encore = buzzer::spawn(async { println!("never printed") });
            println!(
                "  and orders once more: accepted is {}",
                !encore.is_finished()
            );
        }
        if self.0 == "Edsger" {
            panic!("trips at the door");
        }
    }
}

async fn stay(guest: Guest) {
    let _guest = guest;
    pending::<()>().await;
}

fn main() -> io::Result<()> {
    panic::set_hook(Box::new(|panicked| println!("  {}", message(panicked))));
    let path = env::temp_dir().join(format!("the-end-{}.txt", process::id()));
    let runtime = Builder::new_current_thread()
        .file_io(FileIo::Pool)
        .max_blocking_threads(1)
        .build()?;
    let last_order = path.clone();
    runtime.block_on(async {
        for name in ["Ada", "Grace", "Edsger", "Barbara"] {
            task::Builder::new().name(name).spawn(stay(Guest(name)))?;
        }
        let named = task::Builder::new().name("the till");
        named.spawn(async move { fs::write(last_order, "1 mocha").await })?;
        task::yield_now().await; // Each has begun.
        println!("block_on returns, and nobody has left");
        Ok::<(), io::Error>(())
    })?;
    drop(runtime);
    println!("the runtime is gone");
    println!(
        "what was being written is there: {:?}",
        std::fs::read_to_string(&path)?
    );
    std::fs::remove_file(path)
}

fn message<'a>(panicked: &'a panic::PanicHookInfo<'_>) -> &'a str {
    let text = panicked.payload().downcast_ref::<&str>();
    text.copied().unwrap_or("it panics")
}
