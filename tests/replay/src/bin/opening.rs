//! Prints how long the replay of 250,000 events takes to open in Chromium.
//!
//!     cargo run -p buzzer-replay-tests --bin opening
//!
//! Of each of seven openings it prints two times. The page's own clock: from the
//! beginning of the navigation until the page has answered a key, is laid out and
//! painted; the key is typed by a script at the page's end. The driver's clock: from its
//! order to open the file until the page has answered a key that the driver has typed,
//! which has some tenths of a second of the driver's own calls in it.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use buzzer::runtime::Builder;
use buzzer::time::sleep;
use buzzer_replay_tests::{DESK, Page};

const EVENTS: usize = 250_000;
const RUNS: usize = 7;

/// Types a key as soon as the page can hear it, and notes when the answer is in sight.
const PROBE: &str = "<script>
document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
const isAnswered = document.body.dataset.step === '1';
requestAnimationFrame(() => setTimeout(() => {
  document.body.dataset.opened = isAnswered ? performance.now() : -1;
}));
</script></body>";

fn main() -> Result<()> {
    let (events, text) = run()?;
    let text = text.replace("</body>", PROBE);
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("run.html");
    fs::write(&file, &text)?;
    let address = format!("file://{}", file.display());
    let page = Page::visit(&address, DESK)?;
    println!("{events} events, {} bytes", text.len());
    for _ in 0..RUNS {
        page.go_to("about:blank")?;
        let began = Instant::now();
        page.go_to(&address)?;
        page.until("document.body?.dataset.opened !== undefined")?;
        page.press_to("ArrowRight", 2)?;
        let driver = began.elapsed().as_millis();
        let opened: f64 = page.ask("Number(document.body.dataset.opened)")?;
        ensure!(opened >= 0.0, "the key was not answered");
        println!("{opened:.0} ms by the page's clock, {driver} ms by the driver's");
    }
    Ok(())
}

/// The replay of a run of at least that many events, and how many: guests who sleep three times each, all at once.
fn run() -> Result<(usize, String)> {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(EVENTS + 50_000)
        .build()?;
    runtime.block_on(async {
        // 22 events each.
        let guests: Vec<_> = (0..EVENTS as u64 / 22 + 100)
            .map(|guest| {
                buzzer::spawn(async move {
                    for course in 0..3 {
                        sleep(Duration::from_millis(1 + (guest * 7 + course) % 500)).await;
                    }
                })
            })
            .collect();
        for guest in guests {
            guest.await.context("no guest panics")?;
        }
        anyhow::Ok(())
    })?;
    let recording = runtime.recording();
    let events = recording.records().len();
    ensure!(
        events >= EVENTS && recording.dropped() == 0,
        "{events} events"
    );
    Ok((events, recording.replay().to_string()))
}
