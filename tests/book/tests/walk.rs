//! The built book in a browser: every page at two widths, every link, every run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use buzzer::net::TcpListener;
use buzzer_book::built;
use buzzer_book::serve::serve;
use buzzer_replay_tests::{Look, Page, has_browser};

const DESK: Look = Look {
    width: 1400,
    height: 900,
    dark: false,
};

const PHONE: Look = Look {
    width: 390,
    height: 844,
    dark: true,
};

/// Steps through each run of the page, from its beginning to its end, by its buttons.
/// Gives how many steps it has, and those at which it showed another or said nothing.
const STEP_THROUGH: &str = r"(() => [...document.querySelectorAll('iframe.replay')].map((frame) => {
  const page = frame.contentDocument;
  const shown = () => Number(page.body.dataset.step);
  const last = Number(page.getElementById('slider').max);
  const wrong = [];
  page.getElementById('first').click();
  for (let step = 1; step <= last; step++) {
    page.getElementById('on').click();
    if (shown() !== step || !page.getElementById('words').textContent) wrong.push(step);
  }
  return [last, wrong];
}))()";

/// A server of the built book, for as long as the process lives.
fn served() -> SocketAddr {
    let build = Command::new(env!("CARGO_BIN_EXE_buzzer-book"))
        .arg("build")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&build.stderr);
    assert!(build.status.success(), "{said}");
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        buzzer::block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            serve(listener, built()).await
        })
    });
    receiver.recv().unwrap()
}

/// The pages of chapters, by their names.
fn chapters() -> BTreeSet<String> {
    let entries = fs::read_dir(built()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.ends_with(".html"))
        .filter(|name| !matches!(name.as_str(), "404.html" | "toc.html"))
        .collect()
}

#[test]
fn a_reader_comes_through_the_book_at_both_widths() {
    if !has_browser() {
        return;
    }
    let site = format!("http://{}/", served());
    let page = Page::visit(&site, DESK).unwrap();
    let chapters = chapters();
    assert!(chapters.len() > 2, "{chapters:?}");
    let mut runs = 0;
    let mut links: BTreeMap<String, String> = BTreeMap::new();
    for name in &chapters {
        for look in [DESK, PHONE] {
            page.look(look).unwrap();
            page.go_to(&format!("{site}{name}")).unwrap();
            page.until(&format!("window.innerWidth === {}", look.width))
                .unwrap();
            let wide: u32 = page.ask("document.documentElement.scrollWidth").unwrap();
            assert!(wide <= look.width, "{name}: {wide} in {}", look.width);
            // They load when they come into sight, and all are to be there.
            page.until(
                "[...document.querySelectorAll('iframe.replay')].every((frame) => {
                    frame.loading = 'eager';
                    return frame.contentDocument?.body?.dataset.step !== undefined;
                })",
            )
            .unwrap();
            // Two runs in one frame, each with its page.
            page.until(
                "[...document.querySelectorAll('iframe.replay[data-against]')].every((frame) =>
                    frame.contentDocument.querySelectorAll('#differences dd').length > 10)",
            )
            .unwrap();
            let here = page.ask::<Vec<(usize, Vec<usize>)>>(STEP_THROUGH).unwrap();
            let is_preface = matches!(name.as_str(), "index.html" | "README.html");
            assert!(is_preface || !here.is_empty(), "{name} has no run");
            for (last, wrong) in here {
                assert!(last > 5 && wrong.is_empty(), "{name}: {wrong:?} of {last}");
                runs += 1;
            }
        }
        let found: Vec<String> = page
            .ask("[...document.querySelectorAll('main a[href], .nav-wrapper a[href], #mdbook-sidebar a[href]')].map((link) => decodeURI(link.href))")
            .unwrap();
        links.extend(found.into_iter().map(|link| (link, name.clone())));
    }
    assert!(runs >= 2 * 2, "{runs}");
    follow(&page, &site, links);
    assert_eq!(page.complaints(), [""; 0]);
}

/// Each link of the book leads to something; and so do those of the pages that are led to.
fn follow(page: &Page, site: &str, links: BTreeMap<String, String>) {
    let mut left: Vec<(String, String)> = links.into_iter().collect();
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    while let Some((link, from)) = left.pop() {
        let Some(own) = link.strip_prefix(site) else {
            assert!(link.starts_with("https://"), "{from}: {link}");
            continue;
        };
        let (path, fragment) = own.split_once('#').unwrap_or((own, ""));
        let path = if path.is_empty() { "index.html" } else { path };
        if !seen.contains_key(path) {
            let text = fs::read(built().join(path));
            let text = text.unwrap_or_else(|error| panic!("{from} links to {link}: {error}"));
            let text = String::from_utf8_lossy(&text);
            let (ids, further): (Vec<String>, Vec<String>) = match path.ends_with(".html") {
                false => Default::default(),
                // Read by the browser, as its links are.
                true => page
                    .ask(&format!(
                        "(() => {{
                            const page = new DOMParser().parseFromString({}, 'text/html');
                            const base = new URL({:?}, {site:?});
                            const inside = page.querySelectorAll('body a[href]');
                            return [
                                [...page.querySelectorAll('[id]')].map((one) => one.id),
                                [...inside].map((link) => decodeURI(new URL(link.getAttribute('href'), base).href)),
                            ];
                        }})()",
                        serde_json::to_string(&text).unwrap(),
                        path
                    ))
                    .unwrap(),
            };
            left.extend(further.into_iter().map(|link| (link, path.to_owned())));
            seen.insert(path.to_owned(), ids.into_iter().collect());
        }
        let is_step = fragment.starts_with("step=");
        assert!(
            fragment.is_empty() || is_step || seen[path].contains(fragment),
            "{from} links to {link}, and there is no such place"
        );
    }
    assert!(seen.len() > 10, "{:?}", seen.keys());
}
