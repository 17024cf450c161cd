//! A test in a process of its own: for what counts the process's threads,
//! descriptors and memory, or changes its limits.

use std::process::Command;

/// Runs `body` in this test binary, called again for the running test alone.
pub fn in_a_child(body: impl FnOnce()) {
    const NOTE: &str = "BUZZER_TEST_CHILD";
    let test = std::thread::current()
        .name()
        .expect("tests are named")
        .to_owned();
    if std::env::var(NOTE).is_ok_and(|value| value == test) {
        return body();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args([&test, "--exact", "--nocapture", "--test-threads=1"])
        .env(NOTE, &test)
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    // A name that matched no test would succeed as well.
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
