//! `select!`: what a branch may say, and when it is closed.

use super::*;
use tokio::sync::mpsc;

pub fn what_does_not_match_leaves_it_to_the_others() -> Transcript {
    run(async || {
        let number = select! {
            Some(number) = async {
                note!("the first gives nothing");
                None::<u8>
            } => number,
            Ok(number) = async {
                sleep(ms(10)).await;
                note!("the second fails");
                Err::<u8, _>("no coffee")
            } => number,
            number = async {
                sleep(ms(20)).await;
                7
            } => number,
        };
        note!("{number}");
    })
}

pub fn when_nothing_matches_else_is_done() -> Transcript {
    run(async || {
        let told = select! {
            Some(_) = ready(None::<u8>) => "a value",
            Ok(()) = run_for_and_fail(ms(10)) => "fine",
            else => "nothing is left",
        };
        note!("{told}");
    })
}

async fn run_for_and_fail(time: Duration) -> Result<(), &'static str> {
    let _noted = NoteOnDrop("the failing one");
    sleep(time).await;
    Err("no coffee")
}

pub fn without_else_it_panics_when_nothing_is_left() -> Transcript {
    run(async || {
        let task = spawn(async {
            select! {
                Some(()) = ready(None) => {}
                () = pending(), if false => {}
            }
        });
        note!("panic: {}", task.await.unwrap_err().is_panic());
    })
}

pub fn a_condition_closes_a_branch() -> Transcript {
    run(async || {
        let mut quick = Some(1);
        for round in 1..=2 {
            select! {
                biased;
                () = ready(()), if quick.is_some() => {
                    note!("round {round}: quick, with {:?}", quick.take());
                }
                () = sleep(ms(5)) => note!("round {round}: slow"),
            }
        }
    })
}

// The future is made, and never polled.
pub fn what_a_closed_branch_would_wait_for() -> Transcript {
    run(async || {
        let make = |name: &'static str| {
            note!("{name} is made");
            run_for(name, ms(1))
        };
        let asked = |answer: bool| {
            note!("asked, {answer}");
            answer
        };
        select! {
            _ = make("a"), if asked(false) => note!("never"),
            name = make("b"), if asked(true) => note!("{name} has won"),
            _ = make("c"), if asked(false) => note!("never"),
        }
    })
}

pub fn a_handler_breaks_continues_and_returns() -> Transcript {
    async fn third_even(numbers: &mut mpsc::Receiver<u32>) -> Result<u32, &'static str> {
        let mut evens = 0;
        loop {
            let number = select! {
                number = numbers.recv() => match number {
                    Some(number) if number % 2 == 1 => continue,
                    Some(number) => number,
                    None => return Err("too few"),
                },
                () = sleep(ms(100)) => Err("too late")?,
            };
            evens += 1;
            if evens == 3 {
                break Ok(number);
            }
        }
    }

    run(async || {
        let (sender, mut receiver) = mpsc::channel(20);
        for number in 1..=9 {
            sender.send(number).await.unwrap();
        }
        note!("{:?}", third_even(&mut receiver).await);
        note!("{:?}", third_even(&mut receiver).await);
        drop(sender);
        note!("{:?}", third_even(&mut receiver).await);
    })
}

pub fn handlers_share_what_they_change() -> Transcript {
    run(async || {
        let (numbers, mut numbered) = mpsc::channel(1);
        let (words, mut told) = mpsc::channel(1);
        spawn(async move {
            for number in 1..=3 {
                sleep(ms(10)).await;
                numbers.send(number).await.unwrap();
            }
        });
        spawn(async move {
            for word in ["one", "two"] {
                sleep(ms(12)).await;
                words.send(word).await.unwrap();
            }
        });
        let mut all = Vec::new();
        loop {
            select! {
                Some(number) = numbered.recv() => all.push(format!("{number}")),
                Some(word) = told.recv() => all.push(word.to_owned()),
                else => break,
            }
            note!("{all:?}");
        }
    })
}

pub fn patterns_of_all_kinds() -> Transcript {
    run(async || {
        for value in [Ok(1), Ok(7), Ok(300), Err("e"), Err("no coffee")] {
            let told = select! {
                biased;
                Ok(small @ 0..=5) = ready(value) => format!("small {small}"),
                Ok(7) | Err("e") = ready(value) => "one of two".to_owned(),
                Ok(mut large) = ready(value) => {
                    large += 1;
                    format!("large {large}")
                }
                Err(text) = ready(value) => text.to_owned(),
                else => unreachable!(),
            };
            note!("{told}");
        }
        let pair = select!((left, ref right) = ready((1, String::from("one"))) => {
            format!("{left} {right}")
        });
        note!("{pair}");
    })
}

pub fn many_branches() -> Transcript {
    run(async || {
        let after = async |time: u64| {
            sleep(ms(time)).await;
            time
        };
        let time = select! {
            time = after(21) => time,
            time = after(20) => time,
            time = after(19) => time,
            time = after(18) => time,
            time = after(17) => time,
            time = after(16) => time,
            time = after(15) => time,
            time = after(14) => time,
            time = after(3) => time,
            time = after(13) => time,
            time = after(12) => time,
            time = after(11) => time,
        };
        note!("{time}");
    })
}

pub fn branches_with_and_without_commas() -> Transcript {
    run(async || {
        let number = select! {
            _ = pending::<()>() => { 1 }
            _ = pending::<()>(), if true => { 2 },
            number = ready(3) => number
        };
        note!("{number}");
        select! {
            _ = ready(4) => {}
            else => {}
        }
    })
}
