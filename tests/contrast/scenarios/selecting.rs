//! `select!`: who wins, and what becomes of the losers.

use super::*;
use std::ops::ControlFlow;
use tokio::sync::{Mutex, Notify, mpsc, oneshot};

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
