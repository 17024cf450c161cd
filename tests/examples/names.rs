//! What the tasks of the examples are called by those who watch them.

use crate::support::{empty_directory, example, run};

/// The tasks that a story says were spawned.
fn spawned(story: &str) -> Vec<&str> {
    let spawns = story.lines().filter_map(|line| line.split_once("spawns #"));
    spawns
        .map(|(_, task)| task.split_once(" at ").expect("it has a place").0)
        .collect()
}

#[test]
fn the_tasks_of_chat_and_coffee_shop_have_names() {
    let directory = empty_directory();
    let told = |name: &str| {
        let run = run(example(name)
            .current_dir(&directory)
            .env("BUZZER_TRACE", "story"));
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        run.stderr
    };
    let story = told("chat");
    let clients = spawned(&story);
    assert_eq!(clients.len(), 3, "{clients:?}");
    for (number, client) in (1..).zip(clients) {
        let name = client.strip_prefix(&format!("{number} 'client 127.0.0.1:"));
        let port = name.and_then(|name| name.strip_suffix('\''));
        assert!(
            port.is_some_and(|port| port.parse::<u16>().is_ok()),
            "{client}"
        );
    }
    let shop = "1 'barista'";
    assert_eq!(
        spawned(&told("coffee_shop")),
        [
            shop,
            shop,
            "2 'filter coffee for Ada'",
            "3 'latte for Grace'",
            "4 'espresso for Edsger'",
            "5 'cappuccino for Barbara'",
        ]
    );
}
