//! `select!`: who wins, what becomes of the losers, and what a branch may say.

use super::*;
use std::ops::ControlFlow;
use tokio::sync::{Mutex, Notify, mpsc, oneshot};

/// Notes when it ends and when it is dropped, won or lost.
async fn run_for(name: &'static str, time: Duration) -> &'static str {
    let _noted = NoteOnDrop(name);
    sleep(time).await;
    note!("{name} ends");
    name
}

pub fn the_first_to_end_wins_and_the_losers_are_dropped() -> Transcript {
    run(async || {
        let winner = select! {
            name = run_for("a", ms(30)) => name,
            name = run_for("b", ms(10)) => name,
            name = run_for("c", ms(20)) => name,
        };
        note!("{winner} has won");
    })
}

pub fn of_two_at_the_same_instant_the_first_written_wins() -> Transcript {
    run(async || {
        let winner = select! {
            biased;
            name = run_for("a", ms(10)) => name,
            name = run_for("b", ms(10)) => name,
        };
        note!("{winner} has won");
    })
}

pub fn a_branch_behind_a_ready_one_is_not_polled() -> Transcript {
    run(async || {
        let winner = select! {
            biased;
            name = ready("the ready one") => name,
            name = async {
                note!("never reached");
                "the other"
            } => name,
        };
        note!("{winner} has won");
    })
}

// Of those that are always ready, none is always the first.
pub fn without_a_bias_all_have_their_turn() -> Transcript {
    run(async || {
        let mut turns = [0; 3];
        for _ in 0..300 {
            select! {
                () = ready(()) => turns[0] += 1,
                () = ready(()) => turns[1] += 1,
                () = ready(()) => turns[2] += 1,
            }
        }
        note!("each has won: {}", turns.iter().all(|won| *won > 50));
    })
}

pub fn a_select_against_a_sleep_is_a_timeout() -> Transcript {
    run(async || {
        let told = select! {
            _ = work("the slow one", ms(50)) => "it ended",
            () = sleep(ms(10)) => "it took too long",
        };
        note!("{told}");
    })
}

pub fn a_loser_that_is_a_task_runs_on() -> Transcript {
    run(async || {
        let slow = spawn(work("slow", ms(20)));
        let winner = select! {
            name = work("quick", ms(10)) => name,
            joined = slow => joined.unwrap(),
        };
        note!("{winner} has won");
        sleep(ms(20)).await;
        note!("main ends");
    })
}

pub fn a_select_of_one_branch() -> Transcript {
    run(async || {
        select!(name = work("a", ms(10)) => note!("{name} has won"));
        select! { _ = ready(1) => note!("at once") }
    })
}

pub fn a_select_in_a_loop_keeps_what_it_borrows() -> Transcript {
    run(async || {
        let mut long = pin!(work("the long one", ms(25)));
        let outcome = loop {
            select! {
                name = &mut long => break name,
                () = sleep(ms(10)) => note!("still waiting"),
            }
        };
        note!("{outcome} has ended");
    })
}

pub fn losers_are_dropped_in_the_order_written_before_the_handler() -> Transcript {
    run(async || {
        select! {
            () = wait_for_ever("a") => {}
            () = sleep(ms(10)) => note!("the handler runs"),
            () = wait_for_ever("c") => {}
            () = wait_for_ever("d") => {}
        }
    })
}

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

// Nobody polls the other branches meanwhile: they are gone.
pub fn a_handler_that_waits() -> Transcript {
    run(async || {
        let mut ticks = interval(ms(10));
        let mut count = 0;
        while count < 2 {
            select! {
                biased;
                _ = run_for("the other", ms(12)) => note!("the other has won"),
                _ = ticks.tick() => {
                    count += 1;
                    work("the handler", ms(15)).await;
                }
            }
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

pub fn a_lost_receive_loses_nothing() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(3);
        let sending = spawn(async move {
            for number in 1..=5 {
                sender.send(number).await.unwrap();
                sleep(ms(7)).await;
            }
        });
        let mut received = Vec::new();
        loop {
            select! {
                number = receiver.recv() => match number {
                    Some(number) => received.push(number),
                    None => break,
                },
                () = sleep(ms(2)) => {}
            }
        }
        note!("{received:?}");
        sending.await.unwrap();
    })
}

// What it has read of the four bytes goes with it.
pub fn a_lost_read_exact_loses_what_it_has() -> Transcript {
    run(async || {
        let (mut here, mut there) = io::duplex(16);
        here.write_all(b"ab").await.unwrap();
        let mut buffer = [0; 4];
        select! {
            _ = there.read_exact(&mut buffer) => note!("never"),
            () = sleep(ms(10)) => note!("too late"),
        }
        here.write_all(b"cdefgh").await.unwrap();
        there.read_exact(&mut buffer).await.unwrap();
        note!("{:?}", text(&buffer));
    })
}

pub fn a_lost_lock_keeps_its_place_when_it_is_borrowed() -> Transcript {
    run(async || {
        let mutex = Rc::new(Mutex::new(()));
        let held = mutex.lock().await;
        let mut first = pin!(mutex.lock());
        select! {
            _ = &mut first => note!("never"),
            () = sleep(ms(5)) => note!("not yet"),
        }
        let other = mutex.clone();
        let second = spawn_local(async move {
            let _held = other.lock().await;
            note!("the second has it");
        });
        select! {
            _ = mutex.lock() => note!("never"),
            () = sleep(ms(5)) => note!("this one has left the line"),
        }
        drop(held);
        drop(first.await);
        note!("the first had it");
        second.await.unwrap();
    })
}

pub fn a_branch_that_panics_takes_the_others_with_it() -> Transcript {
    run(async || {
        let task = spawn(async {
            select! {
                () = wait_for_ever("a") => {}
                () = async {
                    sleep(ms(10)).await;
                    panic!("no coffee");
                } => {}
                () = wait_for_ever("c") => {}
            }
        });
        note!("panic: {}", task.await.unwrap_err().is_panic());
    })
}

pub fn a_dropped_select_drops_its_branches() -> Transcript {
    run(async || {
        let selecting = async {
            select! {
                () = wait_for_ever("a") => {}
                () = wait_for_ever("b") => {}
            }
        };
        note!("{}", timeout(ms(10), selecting).await.is_err());
    })
}

pub fn a_select_within_a_select() -> Transcript {
    run(async || {
        let bell = Notify::new();
        let inner = async {
            select! {
                _ = run_for("inner a", ms(30)) => "a",
                () = bell.notified() => "b",
            }
        };
        let told = select! {
            name = inner => format!("inner {name}"),
            () = async {
                sleep(ms(10)).await;
                bell.notify_one();
                pending::<()>().await;
            } => "never".to_owned(),
        };
        note!("{told}");
    })
}

// `select!` looks at the budget, and takes none of it.
pub fn a_spent_budget_lets_others_run_first() -> Transcript {
    run(async || {
        let task = spawn(async {
            while task::coop::has_budget_remaining() {
                task::coop::consume_budget().await;
            }
            note!("the budget is spent");
            select! {
                () = ready(()) => note!("the select has run"),
            }
        });
        let other = spawn(async { note!("the other runs") });
        finish([task, other]).await;
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
        let unit = select! {
            _ = ready(4) => {}
            else => {}
        };
        note!("{unit:?}");
    })
}

pub fn a_worker_that_is_told_to_stop() -> Transcript {
    run(async || {
        let (stop, mut stopped) = oneshot::channel::<()>();
        let (orders, mut ordered) = mpsc::channel(4);
        let worker = spawn(async move {
            let outcome = loop {
                let step = select! {
                    biased;
                    _ = &mut stopped => ControlFlow::Break("told to stop"),
                    order = ordered.recv() => match order {
                        Some(order) => ControlFlow::Continue(order),
                        None => ControlFlow::Break("no more orders"),
                    },
                };
                match step {
                    ControlFlow::Continue(order) => note!("{order}"),
                    ControlFlow::Break(why) => break why,
                }
            };
            note!("{outcome}, {:?} left", ordered.try_recv());
        });
        orders.send("mocha").await.unwrap();
        sleep(ms(10)).await;
        orders.send("latte").await.unwrap();
        stop.send(()).unwrap();
        worker.await.unwrap();
    })
}

pub fn a_select_over_a_set_of_tasks() -> Transcript {
    run(async || {
        let mut set = task::JoinSet::new();
        for (name, time) in [("a", 15), ("b", 24)] {
            set.spawn(work(name, ms(time)));
        }
        let mut ticks = 0;
        loop {
            select! {
                joined = set.join_next() => match joined {
                    Some(name) => note!("{} is joined", name.unwrap()),
                    None => break,
                },
                () = sleep(ms(10)) => ticks += 1,
            }
        }
        note!("{ticks} ticks");
    })
}
