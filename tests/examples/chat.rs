//! chat: what each of several clients hears, and what it may not do.

use crate::support::{Client, Running, assert_fits_a_terminal, example, golden, run};

/// The numbers in `text`, and `text` without them.
fn numbers(text: &str) -> (Vec<usize>, String) {
    let words = text.split_inclusive([' ', ',']);
    let mut numbers = Vec::new();
    let masked = words.map(|word| match word.trim_end_matches([' ', ',']).parse() {
        Ok(number) => {
            numbers.push(number);
            word.replace(|c: char| c.is_ascii_digit(), "")
        }
        Err(_) => word.to_owned(),
    });
    let masked = masked.collect();
    (numbers, masked)
}

#[test]
fn chat_shows_what_three_clients_hear_and_loses_no_line_unsaid() {
    let run = run(&mut example("chat"));
    assert_fits_a_terminal(&run.stdout);
    // How much the network holds is the system's affair.
    let (found, text) = numbers(&run.stdout);
    assert_eq!(text, numbers(&golden("chat.txt")).1);
    let [pasted, before, lost, queued] = found[..] else {
        panic!("{found:?}");
    };
    assert_eq!((lost, queued), (100, 64));
    assert_eq!(pasted, before + lost + queued);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

/// Joins, and hears who is there already.
fn join(server: std::net::SocketAddr, name: &str, here: &str) -> Client {
    let mut client = Client::connect(server);
    client.hears("* who are you?");
    client.says(&format!("{name}\n"));
    client.hears(here);
    client
}

#[test]
fn chat_tells_a_line_to_all_others_and_who_comes_and_goes() {
    let (server, address) = Running::server("chat", "Chatting at ");
    let mut ada = join(address, "Ada", "* nobody is here yet");
    let mut grace = join(address, "Grace", "* here: Ada");
    ada.hears("* Grace is here");
    let mut edsger = join(address, "Edsger\r", "* here: Ada, Grace");
    ada.hears("* Edsger is here");
    grace.hears("* Edsger is here");

    // In pieces, and several at once.
    ada.says("Good mor");
    ada.says("ning!\nIs there ");
    ada.says("coffee?\r\n");
    for other in [&mut grace, &mut edsger] {
        other.hears("Ada: Good morning!");
        other.hears("Ada: Is there coffee?");
    }
    grace.says("Yes.\n");
    // What Ada hears next is not what she has said herself.
    ada.hears("Grace: Yes.");
    edsger.hears("Grace: Yes.");

    // What has no line end is said as well, if nothing else comes.
    edsger.says("Bye");
    drop(edsger);
    ada.hears("Edsger: Bye");
    grace.hears("Edsger: Bye");
    ada.hears("* Edsger has left");
    grace.hears("* Edsger has left");
    // The name is free again.
    let _edsger = join(address, "Edsger", "* here: Ada, Grace");
    ada.hears("* Edsger is here");
    assert_eq!(server.kill().stderr, "");
}

#[test]
fn chat_refuses_names_that_are_taken_empty_or_too_long() {
    let (server, address) = Running::server("chat", "Chatting at ");
    let mut ada = join(address, "Ada", "* nobody is here yet");
    for (name, answer) in [
        ("Ada", "* Ada is taken"),
        (" Ada\r", "* Ada is taken"),
        ("", "* a name has 1 to 20 characters"),
        (" \t", "* a name has 1 to 20 characters"),
        ("a name that is too long", "* a name has 1 to 20 characters"),
    ] {
        let mut refused = join(address, name, answer);
        assert_eq!(refused.line(), None);
    }
    // None of them was in, or Ada would have heard of it.
    let mut grace = join(address, "Grace", "* here: Ada");
    ada.hears("* Grace is here");
    grace.says("hello\n");
    ada.hears("Grace: hello");
    assert_eq!(server.kill().stderr, "");
}

#[test]
fn chat_passes_on_no_control_characters() {
    let (server, address) = Running::server("chat", "Chatting at ");
    let mut ada = join(address, "Ada", "* nobody is here yet");
    let mut mallory = join(address, "\x1b[2JMallory", "* here: Ada");
    ada.hears("* [2JMallory is here");
    mallory.says("a\x1b]0;title\x07b\x00c\n");
    ada.hears("[2JMallory: a]0;titlebc");
    assert_eq!(server.kill().stderr, "");
}

#[test]
fn chat_puts_out_who_never_ends_a_line() {
    let (server, address) = Running::server("chat", "Chatting at ");
    let mut ada = join(address, "Ada", "* nobody is here yet");
    let mut endless = join(address, "Endless", "* here: Ada");
    ada.hears("* Endless is here");
    endless.says(&"x".repeat(6_000));
    ada.hears("* Endless has left");
    let mut grace = join(address, "Grace", "* here: Ada");
    grace.says("still here\n");
    ada.hears("* Grace is here");
    ada.hears("Grace: still here");
    let stderr = server.kill().stderr;
    assert!(stderr.contains(": a line is too long\n"), "{stderr}");
}

#[test]
fn chat_hands_a_paste_of_a_thousand_lines_to_who_reads_them() {
    let (server, address) = Running::server("chat", "Chatting at ");
    let mut ada = join(address, "Ada", "* nobody is here yet");
    let mut grace = join(address, "Grace", "* here: Ada");
    ada.hears("* Grace is here");
    // More than the queue holds, in one piece; and Ada's socket has room for it.
    let lines: String = (0..1_000).map(|line| format!("{line}\n")).collect();
    grace.says(&lines);
    for line in 0..1_000 {
        ada.hears(&format!("Grace: {line}"));
    }
    assert_eq!(server.kill().stderr, "");
}
