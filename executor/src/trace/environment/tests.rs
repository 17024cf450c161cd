use super::*;

fn asked_by(variables: &[(&str, &str)]) -> (Asked, Vec<String>) {
    let owned = variables.iter();
    let owned: Vec<Variable> = owned
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    read(&owned)
}

/// The one line that is said of this value.
fn said_of(name: &str, value: &str) -> String {
    let (asked, mut said) = asked_by(&[(name, value)]);
    assert_eq!(asked, Asked::default(), "{name}={value}");
    assert_eq!(said.len(), 1, "{name}={value}: {said:?}");
    said.remove(0)
}

#[test]
fn a_process_that_may_do_more_than_its_caller_has_no_variables() {
    assert!(!variables(false).is_empty());
    assert_eq!(variables(true), []);
}

#[test]
fn what_is_not_set_or_empty_asks_for_nothing() {
    assert_eq!(asked_by(&[]), (Asked::default(), Vec::new()));
    let empty = ALL.map(|name| (name, ""));
    assert_eq!(asked_by(&empty), (Asked::default(), Vec::new()));
}

#[test]
fn each_variable_asks_for_its_own() {
    let (asked, said) = asked_by(&[
        (TRACE, "run.html"),
        (EVENTS, "10"),
        (WATCHDOG, "100ms"),
        (DUMP, "SIGUSR2"),
        (LEDGER, "1"),
        (SEED, "17"),
        (SCHEDULE, "0,1"),
        ("PATH", "/bin"),
    ]);
    let expected = Asked {
        trace: Some(Trace::File("run.html".into(), Format::Html)),
        events: Some(10),
        watchdog: Some(Duration::from_millis(100)),
        dump: Some(SignalKind::user_defined2()),
        ledger: true,
    };
    assert_eq!((asked, said), (expected, Vec::new()));
    assert_eq!(asked_by(&[(TRACE, "story")]).0.trace, Some(Trace::Story));
}

#[test]
fn durations_are_read_with_a_fraction_and_to_the_nanosecond() {
    for (value, nanos) in [
        ("100ms", 100_000_000),
        ("2s", 2_000_000_000),
        ("500us", 500_000),
        ("500µs", 500_000),
        ("500μs", 500_000),
        ("7ns", 7),
        ("0.1s", 100_000_000),
        ("1.5ms", 1_500_000),
        ("0.25us", 250),
        (".5s", 500_000_000),
        ("5.s", 5_000_000_000),
        ("100 ms", 100_000_000),
        ("0.0000000019s", 1),
        ("0.1234567890123456789012345s", 123_456_789),
    ] {
        let (asked, said) = asked_by(&[(WATCHDOG, value)]);
        let limit = Some(Duration::from_nanos(nanos));
        assert_eq!((asked.watchdog, said), (limit, Vec::new()), "{value}");
    }
}

#[test]
fn a_duration_that_cannot_be_read_is_called_that() {
    for value in [
        "soon",
        "100",
        "ms",
        ".s",
        "-1s",
        "+1s",
        "1.5",
        "1.2.3s",
        "1.123456789.s",
        "67440737095516.440737095516.15s",
        "1h",
        "1e3ms",
        "1,5s",
        "1s ",
        "99999999999999999999s",
        "0x10ms",
        "１s",
    ] {
        let said = said_of(WATCHDOG, value);
        let expected = format!(
            "BUZZER_WATCHDOG={value}: not a duration: it must be a number and its unit, such \
             as 100ms, 1.5s or 500us"
        );
        assert_eq!(said, expected);
    }
    for value in ["0s", "0.0ms", "0.1ns"] {
        let said = said_of(WATCHDOG, value);
        assert!(
            said.contains(": a limit of zero would report every poll: "),
            "{said}"
        );
    }
}

#[test]
fn a_signal_has_a_name_and_no_number() {
    for (name, signal) in [("USR1", libc::SIGUSR1), ("SIGQUIT", libc::SIGQUIT)] {
        let asked = asked_by(&[(DUMP, name)]).0;
        assert_eq!(asked.dump, Some(SignalKind::from_raw(signal)));
    }
    for value in ["1", "12", "0", "65", "-1", "+1", "01", "99999999999"] {
        let said = said_of(DUMP, value);
        assert!(
            said.contains(": a signal is asked for by its name; one of USR1, "),
            "{said}"
        );
    }
    for value in ["KILL", "SIGSEGV", "SIG", "SIGSIGINT", "usr1", "yes", "1 "] {
        let said = said_of(DUMP, value);
        assert!(
            said.contains(": no signal that can be caught for this; one of USR1, "),
            "{said}"
        );
    }
}

#[test]
fn every_value_that_cannot_be_read_is_named_with_what_is_accepted() {
    for (name, value, accepted) in [
        (TRACE, "1", ".json"),
        (TRACE, "run.txt", ".html"),
        (TRACE, ".json", "story"),
        (EVENTS, "0", "a number from 1 up"),
        (EVENTS, "1e6", "a number from 1 up"),
        (LEDGER, "yes", "1 asks for one"),
        (LEDGER, "2", "1 asks for one"),
    ] {
        let said = said_of(name, value);
        assert!(said.starts_with(&format!("{name}={value}: ")), "{said}");
        assert!(said.contains(accepted), "{said}");
    }
    assert!(!asked_by(&[(LEDGER, "0")]).0.ledger);
}

#[test]
fn a_value_that_is_no_text_or_has_line_ends_is_told_in_one_line() {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = OsStr::from_bytes(b"1\xff0ms").to_owned();
    let (_, said) = read(&[(WATCHDOG.into(), bytes)]);
    assert!(
        said[0].starts_with("BUZZER_WATCHDOG=1\u{fffd}0ms: "),
        "{said:?}"
    );
    let said = said_of(LEDGER, "1\nbuzzer: all is well\u{1b}[2J");
    assert!(!said.contains(['\n', '\u{1b}']), "{said}");
    let said = said_of(LEDGER, "1\u{2028}\u{202e}llew si");
    assert!(
        said.starts_with("BUZZER_LEDGER=1\\u{2028}\\u{202e}llew si: "),
        "{said}"
    );
    // A file's name need be no text.
    let name = OsStr::from_bytes(b"\xff.json").to_owned();
    let (asked, said) = read(&[(TRACE.into(), name.clone())]);
    assert_eq!(asked.trace, Some(Trace::File(name.into(), Format::Json)));
    assert_eq!(said, Vec::<String>::new());
}

#[test]
fn a_name_that_is_none_is_told_with_the_one_that_was_meant() {
    for (name, meant) in [
        ("BUZZER_TRCE", TRACE),
        ("BUZZER_TRACES", TRACE),
        ("BUZZER_trace", TRACE),
        ("BUZZER_TRACE_FILE", TRACE),
        ("BUZZER_EVENTS", EVENTS),
        ("BUZZER_TRACE_EVENT", EVENTS),
        ("BUZZER_WATCH", WATCHDOG),
        ("BUZZER_WATCH_DOG", WATCHDOG),
        ("BUZZER_DUMPS", DUMP),
        ("BUZZER_LEGDER", LEDGER),
        ("BUZZER_SEEDS", SEED),
        ("BUZZER_SHEDULE", SCHEDULE),
        ("BUZZER_BROWSERS", "BUZZER_BROWSER"),
    ] {
        let said = said_of(name, "1");
        assert_eq!(
            said,
            format!("{name}: no such variable; {meant} may be meant")
        );
    }
}

#[test]
fn a_name_that_is_near_to_none_is_told_with_all() {
    for name in ["BUZZER_", "BUZZER_X", "BUZZER_COLOUR", "BUZZER_LOG"] {
        let said = said_of(name, "1");
        let all = "there are BUZZER_TRACE, BUZZER_TRACE_EVENTS, BUZZER_WATCHDOG, BUZZER_DUMP, \
                   BUZZER_LEDGER, BUZZER_SEED, BUZZER_SCHEDULE";
        assert_eq!(said, format!("{name}: no such variable; {all}"));
    }
}

#[test]
fn names_of_the_projects_tests_and_of_others_are_no_mistakes() {
    let others = [
        ("BUZZER_SERVERS", "require"),
        ("BUZZER_BROWSER", "skip"),
        ("BUZZER_TEST_CHILD", "a_test"),
        ("BUZZERS", "1"),
        ("BUZZ", "1"),
        ("buzzer_trace", "1"),
        ("MY_BUZZER_TRACE", "1"),
    ];
    assert_eq!(asked_by(&others), (Asked::default(), Vec::new()));
}

#[test]
fn each_mistake_has_its_line() {
    let (_, said) = asked_by(&[
        ("BUZZER_Z", "1"),
        (DUMP, "1"),
        (LEDGER, "on"),
        ("BUZZER_A", "1"),
        (TRACE, "run"),
    ]);
    let names: Vec<_> = said
        .iter()
        .map(|line| line.split(['=', ':']).next())
        .collect();
    let expected = [TRACE, DUMP, LEDGER, "BUZZER_A", "BUZZER_Z"].map(Some);
    assert_eq!(names, expected);
}

#[test]
fn the_distance_of_two_names() {
    for (one, other, expected) in [
        ("", "", 0),
        ("", "DUMP", 4),
        ("DUMP", "", 4),
        ("DUMP", "DUMP", 0),
        ("DUMP", "PUMP", 1),
        ("DUMP", "DUMPS", 1),
        ("DUMP", "UMP", 1),
        ("LEDGER", "LEGDER", 2),
        ("KITTEN", "SITTING", 3),
    ] {
        assert_eq!(distance(one, other), expected, "{one} {other}");
    }
}
