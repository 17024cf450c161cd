//! Races of two: who wins, and what becomes of the losers.

use super::*;

/// Notes when it ends and when it is dropped, won or lost.
async fn run_for(name: &'static str, time: Duration) -> &'static str {
    let _noted = NoteOnDrop(name);
    sleep(time).await;
    note!("{name} ends");
    name
}

pub fn the_first_to_end_wins_and_the_losers_are_dropped() -> Transcript {
    run(async || {
        let others = race(run_for("b", ms(10)), run_for("c", ms(20)));
        let winner = race(run_for("a", ms(30)), others).await;
        note!("{winner} has won");
    })
}

pub fn of_two_at_the_same_instant_the_first_written_wins() -> Transcript {
    run(async || {
        let winner = race(run_for("a", ms(10)), run_for("b", ms(10))).await;
        note!("{winner} has won");
    })
}

pub fn a_branch_behind_a_ready_one_is_not_polled() -> Transcript {
    run(async || {
        let winner = race(ready("the ready one"), async {
            note!("never reached");
            "the other"
        })
        .await;
        note!("{winner} has won");
    })
}

pub fn a_race_against_a_sleep_is_a_timeout() -> Transcript {
    run(async || {
        let slow = async {
            work("the slow one", ms(50)).await;
            "it ended"
        };
        let limit = async {
            sleep(ms(10)).await;
            "it took too long"
        };
        note!("{}", race(slow, limit).await);
    })
}

pub fn a_loser_that_is_a_task_runs_on() -> Transcript {
    run(async || {
        let quick = async { work("quick", ms(10)).await };
        let slow = spawn(work("slow", ms(20)));
        let winner = race(quick, async { slow.await.unwrap() }).await;
        note!("{winner} has won");
        sleep(ms(20)).await;
        note!("main ends");
    })
}

pub fn a_race_in_a_loop_keeps_what_it_borrows() -> Transcript {
    run(async || {
        let mut long = pin!(work("the long one", ms(25)));
        let outcome = loop {
            let tick = async {
                sleep(ms(10)).await;
                ""
            };
            match race(long.as_mut(), tick).await {
                "" => note!("still waiting"),
                name => break name,
            }
        };
        note!("{outcome} has ended");
    })
}
