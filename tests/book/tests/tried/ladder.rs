//! The chapters of the ladder.

use super::copies::tried;

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
fn ladder_3_a_spawn_from_within_a_poll_finds_the_borrowed_table() {
    let borrowed = [(
        "    if task.as_mut().poll(&mut cx).is_pending() {\n",
        "    if TASKS.with_borrow_mut(|_| task.as_mut().poll(&mut cx).is_pending()) {\n",
    )];
    let (ended, _, stderr) = tried("borrowed-table", "examples/ladder/3_queue.rs", &borrowed);
    assert!(!ended && stderr.contains("already borrowed"), "{stderr}");
}

#[test]
fn ladder_4_a_waker_shows_its_number() {
    let printed = [(
        "    let mut cx = Context::from_waker(&waker);\n",
        "    println!(\"{waker:?}\");\n    let mut cx = Context::from_waker(&waker);\n",
    )];
    let (_, stdout, stderr) = tried("printed-waker", "examples/ladder/4_number.rs", &printed);
    assert!(stdout.contains("data: 0x2"), "{stdout}{stderr}");
}
