//! A page in headless Chromium, for the tests of the replay and for its picture.
//!
//! Owns the browser: where it is, what it is started with, and what it complained of.
//! What a reader's hands do is in `input.rs`.

mod input;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use headless_chrome::protocol::cdp::types::Event;
use headless_chrome::protocol::cdp::{Emulation, Network, Page as Pages};
use headless_chrome::{Browser, LaunchOptions, Tab};
use serde::de::DeserializeOwned;
use tempfile::TempDir;

/// How the page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
}

/// As on a desk.
pub const DESK: Look = Look {
    width: 1280,
    height: 800,
    dark: false,
};

/// Longer than any answer takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// An open page; the browser ends when it is dropped.
#[allow(missing_debug_implementations, reason = "the browser has none")]
pub struct Page {
    // In this order, so that the browser ends before its folder goes.
    tab: Arc<Tab>,
    _browser: Browser,
    folder: TempDir,
    complaints: Arc<Mutex<Vec<String>>>,
}

/// Where Chromium is; `None` where it is not installed.
pub fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| {
            ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name))
        })
        .find(|file| file.is_file())
}

impl Page {
    /// Opens a page's text as a file, at a fragment such as `#step=4`.
    ///
    /// # Errors
    ///
    /// If there is no browser, or it does not start.
    pub fn open(html: &str, fragment: &str, look: Look) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("run.html");
        fs::write(&file, html)?;
        let page = Self::start(look, folder, |url| {
            url.starts_with("file://") && url.contains("/run.html")
        })?;
        page.go_to(&format!("file://{}{fragment}", file.display()))?;
        page.until("document.body?.dataset.step !== undefined")?;
        Ok(page)
    }

    /// Opens a site, whose pages may ask for anything of it.
    ///
    /// # Errors
    ///
    /// If there is no browser, or it does not start.
    pub fn visit(site: &str, look: Look) -> Result<Self> {
        let own = site.to_owned();
        let page = Self::start(look, tempfile::tempdir()?, move |url| {
            url.starts_with(&own) || url.starts_with("data:")
        })?;
        page.go_to(site)?;
        Ok(page)
    }

    /// A browser with an empty page, that may ask for what is its own.
    fn start(
        look: Look,
        folder: TempDir,
        is_own: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Result<Self> {
        let profile = folder.path().join("profile");
        let temporary = folder.path().display().to_string();
        let options = LaunchOptions::default_builder()
            .path(Some(chromium().context("Chromium is not installed")?))
            .sandbox(!is_root())
            .window_size(Some((look.width, look.height)))
            .user_data_dir(Some(profile))
            // It is killed in the end, and leaves what it had there.
            .process_envs(Some(HashMap::from([("TMPDIR".to_owned(), temporary)])))
            .idle_browser_timeout(LIMIT)
            .args(
                [
                    "--disable-component-update",
                    "--hide-scrollbars",
                    "--mute-audio",
                ]
                .map(OsStr::new)
                .to_vec(),
            )
            .build()?;
        let browser = Browser::new(options)?;
        browser.set_default_timeout(LIMIT);
        let tab = browser.new_tab()?;
        tab.set_default_timeout(LIMIT);
        let complaints = Arc::default();
        listen(&tab, &complaints, is_own)?;
        let page = Self {
            tab,
            _browser: browser,
            folder,
            complaints,
        };
        page.look(look)?;
        Ok(page)
    }

    /// Leads to another address.
    pub fn go_to(&self, url: &str) -> Result<()> {
        self.tab.navigate_to(url)?.wait_until_navigated()?;
        Ok(())
    }

    /// Changes how it is looked at.
    pub fn look(&self, look: Look) -> Result<()> {
        let scheme = if look.dark { "dark" } else { "light" };
        self.tab.call_method(Emulation::SetEmulatedMedia {
            media: None,
            features: Some(vec![Emulation::MediaFeature {
                name: "prefers-color-scheme".to_owned(),
                value: scheme.to_owned(),
            }]),
        })?;
        self.tab.call_method(Emulation::SetDeviceMetricsOverride {
            width: look.width,
            height: look.height,
            device_scale_factor: 1.0,
            mobile: false,
            scale: None,
            screen_width: None,
            screen_height: None,
            position_x: None,
            position_y: None,
            dont_set_visible_size: None,
            screen_orientation: None,
            viewport: None,
            display_feature: None,
            device_posture: None,
        })?;
        Ok(())
    }

    /// What an expression of the page's language gives; of a promise, what it comes to.
    pub fn ask<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        let script = format!("(async () => JSON.stringify(await ({expression})))()");
        let answer = self.tab.evaluate(&script, true)?;
        let text = answer.value.as_ref().and_then(|value| value.as_str());
        let text = text.with_context(|| format!("{expression}: {answer:?}"))?;
        Ok(serde_json::from_str(text)?)
    }

    /// Has the page do something that gives nothing.
    pub fn act(&self, statements: &str) -> Result<()> {
        self.ask::<Option<bool>>(&format!("(() => {{ {statements}; return null; }})()"))?;
        Ok(())
    }

    /// Waits until it is so, in the page that is there now.
    ///
    /// The page itself looks, time and again: a call takes up to a tenth of a second, until
    /// the thread in which the driver reads lets go of the connection.
    pub fn until(&self, condition: &str) -> Result<()> {
        // It answers before the driver gives up.
        let limit = LIMIT.as_millis() * 3 / 4;
        let is_so: bool = self.ask(&format!(
            "new Promise((tell, fail) => {{
                const began = performance.now();
                const look = () => {{
                    try {{
                        if ({condition}) tell(true);
                        else if (performance.now() - began > {limit}) tell(false);
                        else setTimeout(look, 1);
                    }} catch (error) {{ fail(error); }}
                }};
                look();
            }})"
        ))?;
        ensure!(is_so, "it does not become true: {condition}");
        Ok(())
    }

    /// The step that is shown.
    pub fn step(&self) -> Result<usize> {
        self.ask("Number(document.body.dataset.step)")
    }

    /// A picture of what is in sight, as PNG.
    pub fn picture(&self) -> Result<Vec<u8>> {
        let format = Pages::CaptureScreenshotFormatOption::Png;
        self.tab.capture_screenshot(format, None, None, true)
    }

    /// Errors, warnings, and requests for anything but the page itself.
    pub fn complaints(&self) -> Vec<String> {
        self.complaints
            .lock()
            .expect("nobody panics with it")
            .clone()
    }
}

/// Whether there is a browser to test with; if not, says in a line that the test is
/// skipped. `BUZZER_BROWSER=require` makes that a failure; `BUZZER_BROWSER=skip` skips in
/// any case.
///
/// # Panics
///
/// Without a browser where one is required.
pub fn has_browser() -> bool {
    let wish = std::env::var("BUZZER_BROWSER").unwrap_or_default();
    match (wish.as_str(), chromium()) {
        ("" | "require", Some(_)) => true,
        ("require", None) => panic!("Chromium is not installed, and BUZZER_BROWSER requires it"),
        ("", None) => {
            println!("skipped: Chromium is not installed");
            false
        }
        ("skip", _) => {
            println!("skipped: BUZZER_BROWSER=skip");
            false
        }
        (other, _) => panic!("BUZZER_BROWSER is {other:?}: it can be require or skip"),
    }
}

fn listen(
    tab: &Tab,
    complaints: &Arc<Mutex<Vec<String>>>,
    is_own: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> Result<()> {
    tab.enable_log()?;
    tab.enable_runtime()?;
    tab.call_method(Network::Enable {
        max_total_buffer_size: None,
        max_resource_buffer_size: None,
        max_post_data_size: None,
        report_direct_socket_traffic: None,
        enable_durable_messages: None,
    })?;
    let complaints = complaints.clone();
    tab.add_event_listener(Arc::new(move |event: &Event| {
        let complaint = match event {
            Event::LogEntryAdded(entry) => format!("{:?}", entry.params.entry),
            Event::RuntimeExceptionThrown(thrown) => format!("{:?}", thrown.params),
            Event::RuntimeConsoleAPICalled(call) => format!("{:?}", call.params),
            Event::NetworkRequestWillBeSent(request) => {
                let url = &request.params.request.url;
                if is_own(url) {
                    return;
                }
                format!("asks for {url}")
            }
            _ => return,
        };
        complaints
            .lock()
            .expect("nobody panics with it")
            .push(complaint);
    }))?;
    Ok(())
}

/// Chromium's sandbox refuses root.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|of_self| of_self.uid() == 0)
}

/// Runs the document's program and gives its replay.
///
/// # Errors
///
/// If it can't be built or run.
pub fn replay_of_async_read() -> Result<String> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("run.html");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let output = std::process::Command::new(cargo)
        .args([
            "run",
            "--quiet",
            "--manifest-path",
            manifest,
            "--example",
            "async_read",
        ])
        .args(["--", "--paused"])
        .env("BUZZER_TRACE", &file)
        .current_dir(folder.path())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "async_read: {said}");
    fs::read_to_string(&file).with_context(|| format!("async_read wrote no page: {said}"))
}
