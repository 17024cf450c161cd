//! What chapters say under "Try this", where it is a change of a program or of the
//! library: the change is made to a copy, which is built and run. `buzzer-ladder`'s
//! `tried` has what needs no change.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use buzzer_book::root;

/// What is there, and what its reader writes in its place.
type Change<'a> = (&'a str, &'a str);

fn changed(file: &Path, changes: &[Change<'_>]) -> String {
    let mut source = fs::read_to_string(file).unwrap();
    for (from, to) in changes {
        let times = source.matches(from).count();
        assert_eq!(times, 1, "{from:?} in {}", file.display());
        source = source.replace(from, to);
    }
    source
}

/// A package of this name with one program, on the library that lies at `library`.
fn package(name: &str, library: &Path, source: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/main.rs"), source).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let manifest = format!(
        "[workspace]\n\n[package]\nname = {name:?}\nedition = \"2024\"\n\n\
         [dependencies]\nbuzzer = {{ path = {library:?} }}\n\
         ladder = {{ package = \"buzzer-ladder\", path = {:?} }}\n",
        root().join("examples/ladder")
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    folder
}

/// Builds a package and runs it. What they have compiled they share.
fn run(folder: &Path) -> Output {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", target())
        .env_remove("BUZZER_TRACE")
        .current_dir(folder)
        .output();
    output.unwrap()
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("target")
}

/// The program of a chapter with these changes, run.
fn tried(name: &str, file: &str, changes: &[Change<'_>]) -> (bool, String, String) {
    let source = changed(&root().join(file), changes);
    let output = run(&package(name, &root().join("executor"), &source));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    (output.status.success(), stdout, stderr)
}

const SOCKETS: &str = "docs/book/programs/src/bin/sockets.rs";
const THE_END: &str = "docs/book/programs/src/bin/the_end.rs";

/// How many timers a hundred sleeps have: who has none is never woken.
const A_HUNDRED: &str = "    for _ in 0..100 {
        spawn(sleep(3_600 * second()));
    }
    spawn(async {}).await; // They have been polled.
    say(format_args!(\"armed: {}\", TIMERS.with_borrow(|timers| timers.len())));
    return Ok(());
";

#[test]
fn ladder_6_sleeps_of_one_number_and_one_instant_overwrite_each_other() {
    let program = ("    say(\"Starting tasks.\");\n", A_HUNDRED);
    let no_number = (
        "duration.min(century), new_number()))",
        "duration.min(century), 0))",
    );
    let one_instant = (
        "    Sleep((Instant::now() + ",
        "    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);\n    \
         Sleep((*START + ",
    );
    for (name, changes, armed) in [
        ("no-number", &[program, no_number][..], 100),
        (
            "no-number-one-instant",
            &[program, no_number, one_instant],
            1,
        ),
    ] {
        let (_, stdout, stderr) = tried(name, "examples/ladder/6_timers.rs", changes);
        let says = format!("ASYNC: armed: {armed}\n");
        assert!(stdout.starts_with(&says), "{name}: {stdout}{stderr}");
    }
}

#[test]
fn sockets_without_the_shutdown_a_client_and_its_echo_wait_for_each_other() {
    let (_, stdout, stderr) = tried(
        "forgets-the-shutdown",
        SOCKETS,
        &[
            (
                "    server.shutdown().await?; // Only this direction: the answer still comes.\n",
                "",
            ),
            // Where nobody can go on, a paused clock goes to the end of the hour.
            (
                "Builder::new_current_thread()",
                "Builder::new_current_thread().start_paused(true)",
            ),
            (
                "    runtime.block_on(cafe())\n",
                "    let hour = std::time::Duration::from_secs(3600);\n    \
                     let mut cafe = std::pin::pin!(cafe());\n    \
                     let waited = runtime.block_on(async { buzzer::time::timeout(hour, cafe.as_mut()).await });\n    \
                     println!(\"after an hour: {}\\n{}\", waited.is_err(), runtime.dump());\n    Ok(())\n",
            ),
        ],
    );
    assert!(
        stdout.starts_with("after an hour: true\n"),
        "{stdout}{stderr}"
    );
    let echoes = stdout.lines().filter(|line| line.contains("'echo "));
    assert!(echoes.count() >= 3, "{stdout}");
}

#[test]
fn sockets_one_at_a_time_the_answers_are_the_same() {
    let (ended, stdout, stderr) = tried(
        "one-at-a-time",
        SOCKETS,
        &[
            (
                "    let mut echoes = Vec::new();\n",
                "    let mut echoed = 0;\n",
            ),
            ("for number in 1..=guests", "for _ in 1..=guests"),
            ("        let name = format!(\"echo {number}\");\n", ""),
            (
                "        echoes.push(task::Builder::new().name(&name).spawn(echo(guest))?);\n",
                "        echoed += echo(guest).await?;\n",
            ),
            (
                "    let mut echoed = 0;\n    for echo in echoes {\n        echoed += echo.await??;\n    }\n",
                "",
            ),
        ],
    );
    assert!(ended, "{stderr}");
    assert_eq!(
        stdout,
        "one espresso\none latte\nwhatever is quickest, please\n49 bytes came and went\n"
    );
}

#[test]
fn the_end_nothing_can_be_awaited_in_a_drop() {
    let (ended, _, stderr) = tried(
        "awaits-in-a-drop",
        THE_END,
        &[(
            "        println!(\"{} goes home\", self.0);\n",
            "        task::yield_now().await;\n",
        )],
    );
    assert!(!ended && stderr.contains("E0728"), "{stderr}");
}

/// Begins a job of three seconds in the runtime, and then does `last`.
fn the_end_held_up(name: &str, last: &str) -> (bool, String, String) {
    let held_up = format!(
        "    let (begins, begun) = std::sync::mpsc::channel();
    let job = runtime.spawn_blocking(move || {{
        begins.send(()).unwrap();
        std::thread::sleep(std::time::Duration::from_secs(3));
    }});
    begun.recv().unwrap();
    drop(job);
    {last}
"
    );
    tried(name, THE_END, &[("    drop(runtime);\n", &held_up)])
}

#[test]
fn the_end_a_job_that_holds_it_up_is_named_or_given_up() {
    let (ended, _, stderr) = the_end_held_up("holds-it-up", "drop(runtime);");
    assert!(ended, "{stderr}");
    let says = "1 blocking job still running 1s after the shutdown began, spawned at src/main.rs:";
    assert!(stderr.contains(says), "{stderr}");

    let gives_up = "let a_moment = std::time::Duration::from_millis(10);
    println!(\"{}\", runtime.shutdown_timeout(a_moment).unwrap_err());";
    let (_, stdout, stderr) = the_end_held_up("gives-up", gives_up);
    let says =
        "1 blocking job still running 10ms after the shutdown began, spawned at src/main.rs:";
    assert!(stdout.contains(says), "{stdout}{stderr}");
}

/// The library with a change, and what belongs to it of the workspace.
fn changed_library(file: &str, changes: &[Change<'_>]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("library");
    copy(&root().join("executor"), &folder.join("executor"));
    let source = changed(&root().join("executor").join(file), changes);
    fs::write(folder.join("executor").join(file), source).unwrap();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let from = manifest.find("[workspace.package]").unwrap();
    let until = manifest.find("[package]").unwrap();
    let members = "[workspace]\nmembers = [\"executor\"]\nresolver = \"3\"\n\n";
    let manifest = format!("{members}{}", &manifest[from..until]);
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    folder.join("executor")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &to),
            false => fs::copy(&path, to).map(drop).unwrap(),
        }
    }
}

#[test]
fn timers_that_are_due_only_after_their_deadline_never_are_on_a_paused_clock() {
    // A thousand turns: the program needs some ten.
    let by_hand = [(
        "    runtime.block_on(alarms())\n",
        "    let alarms = runtime.spawn(alarms());\n    \
             let mut turns = 0;\n    \
             while !alarms.is_finished() && turns < 1_000 {\n        \
                 runtime.turn(None)?;\n        turns += 1;\n    }\n    \
             println!(\"ended: {}\", alarms.is_finished());\n    Ok(())\n",
    )];
    let source = changed(
        &root().join("docs/book/programs/src/bin/timers.rs"),
        &by_hand,
    );
    let broken = [("first.deadline > now", "first.deadline >= now")];
    let broken = changed_library("src/machine/timers.rs", &broken);
    for (name, library, ends) in [
        ("timers-as-they-are", root().join("executor"), true),
        ("timers-broken", broken, false),
    ] {
        let output = run(&package(name, &library, &source));
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let says = format!("ended: {ends}\n");
        assert!(stdout.ends_with(&says), "{name}: {stdout}{stderr}");
    }
}
