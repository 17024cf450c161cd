//! The mistakes that are planted: one for each scenario.

/// A mistake that the small executor makes if it is told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    ClearsTheMarkAfterThePoll,
    WakeByRefDoesNothing,
    WakersEndWithThePoll,
    RemoteWakesNeedAPause,
    DoesNotUnpark,
    ForgetsTheUnpark,
    NapsWhileIdle,
    ForgetsMain,
    WakersExpectTheExecutor,
    StaysEntered,
    OneThreadAtATime,
    PollsAtSpawn,
    LastInFirstOut,
    WalksTheTable,
    PollsWithinTheTable,
    RemoteWakesHaveABound,
    PushesTwice,
    PollsAll,
    PollsMainEachTime,
    KeepsEnded,
    ExpectsTheTask,
    TellsOnlyWhoWaits,
    HandleKeepsTheFirst,
    HandlesCancel,
    NestedTakesThePlace,
    MainIsLast,
    PollsAgainAtOnce,
    RemoteWakesWhenIdle,
    DropsLate,
    DropsWithinTheQueue,
    DropsWithinTheTable,
    SlotsStay,
    ForgetsTheLeft,
    WakersHoldTasks,
    DropsTheLeftWithinTheTable,
    StaysEnteredAfterAPanic,
    LetsPanicsOut,
    PanicsTellNobody,
    LetsDropsPanic,
    LetsWakersPanic,
    LetsTheLeftPanic,
    RoundsDown,
    ZeroIsForgotten,
    AddsUnchecked,
    FiresInOrderOfArming,
    OneSleepForEachMillisecond,
    BeginsAtTheFirstPoll,
    SleepKeepsTheFirst,
    DroppedSleepsStay,
    LooksEachMillisecond,
    SleepsWhenIdle,
    WaitsFirst,
    OnlyWakesEndThePark,
    ReadsOnce,
    AllHaveOneToken,
    HangUpFirst,
    NeedsAHangUp,
    ReadKeepsTheFirst,
    DroppedReadsTake,
    SourcesStay,
    AsksAgain,
    LooksWhenIdle,
    RunsJobsInPlace,
    JobsTellNobody,
    JobsHaveABound,
    JobPanicsTellNobody,
    PanicsEndTheWorker,
    DroppedJobsEndTheWorker,
    AbortPolls,
    AbortsTellNobody,
    AbortNeedsTheTable,
    AbortExpectsTheTask,
}

pub struct Planted {
    /// The scenario that is made for it, and the broken executor's name.
    pub scenario: &'static str,
    pub fault: Fault,
    pub seen: Seen,
}

/// Which scenarios see a mistake besides its own.
pub enum Seen {
    Alone,
    AlsoBy(&'static [&'static str]),
    /// The second ones see it, or not, as the threads happen to run.
    AlsoByOrMaybe(&'static [&'static str], &'static [&'static str]),
    /// Hardly anything works with it.
    ByMany,
}

pub const FAULTS: &[Planted] = &[
    Planted {
        scenario: "wake_during_the_poll",
        fault: Fault::ClearsTheMarkAfterThePoll,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "wake_by_ref",
        fault: Fault::WakeByRefDoesNothing,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "waker_kept",
        fault: Fault::WakersEndWithThePoll,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "wake_while_running",
        fault: Fault::RemoteWakesNeedAPause,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "wake_while_parked",
        fault: Fault::DoesNotUnpark,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "wake_before_the_park",
        fault: Fault::ForgetsTheUnpark,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "idle",
        fault: Fault::NapsWhileIdle,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "main_dropped",
        fault: Fault::ForgetsMain,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "wake_after_block_on",
        fault: Fault::WakersExpectTheExecutor,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "block_on_again",
        fault: Fault::StaysEntered,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "two_threads",
        fault: Fault::OneThreadAtATime,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "spawn_returns_first",
        fault: Fault::PollsAtSpawn,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "order_of_spawns",
        fault: Fault::LastInFirstOut,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "order_of_wakes",
        fault: Fault::WalksTheTable,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "spawn_in_a_task",
        fault: Fault::PollsWithinTheTable,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "many_wakes_at_once",
        fault: Fault::RemoteWakesHaveABound,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "woken_twice",
        fault: Fault::PushesTwice,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "task_polled_unasked",
        fault: Fault::PollsAll,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "main_polled_unasked",
        fault: Fault::PollsMainEachTime,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "polled_after_the_end",
        fault: Fault::KeepsEnded,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "wake_after_the_end",
        fault: Fault::ExpectsTheTask,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "handle_awaited_late",
        fault: Fault::TellsOnlyWhoWaits,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "handle_moved",
        fault: Fault::HandleKeepsTheFirst,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "handle_dropped",
        fault: Fault::HandlesCancel,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "nested_block_on",
        fault: Fault::NestedTakesThePlace,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "self_waker_and_main",
        fault: Fault::MainIsLast,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "self_waker_and_tasks",
        fault: Fault::PollsAgainAtOnce,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "self_waker_and_threads",
        fault: Fault::RemoteWakesWhenIdle,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "dropped_at_its_end",
        fault: Fault::DropsLate,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "wake_in_a_drop",
        fault: Fault::DropsWithinTheQueue,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "spawn_in_a_drop",
        fault: Fault::DropsWithinTheTable,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "ended_tasks_leak",
        fault: Fault::SlotsStay,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "left_at_the_end",
        fault: Fault::ForgetsTheLeft,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "wakers_at_the_end",
        fault: Fault::WakersHoldTasks,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "spawn_at_the_end",
        fault: Fault::DropsTheLeftWithinTheTable,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "panic_of_main",
        fault: Fault::StaysEnteredAfterAPanic,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "panic_of_a_task",
        fault: Fault::LetsPanicsOut,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "handle_of_a_panic",
        fault: Fault::PanicsTellNobody,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "panic_of_a_drop",
        fault: Fault::LetsDropsPanic,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "panic_of_a_waker",
        fault: Fault::LetsWakersPanic,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "panic_at_the_end",
        fault: Fault::LetsTheLeftPanic,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "sleep_early",
        fault: Fault::RoundsDown,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "sleep_zero",
        fault: Fault::ZeroIsForgotten,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "sleep_for_ever",
        fault: Fault::AddsUnchecked,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "sleeps_in_order",
        fault: Fault::FiresInOrderOfArming,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "many_sleeps",
        fault: Fault::OneSleepForEachMillisecond,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "sleep_from_the_call",
        fault: Fault::BeginsAtTheFirstPoll,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "sleep_moved",
        fault: Fault::SleepKeepsTheFirst,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "sleep_dropped",
        fault: Fault::DroppedSleepsStay,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "idle_while_sleeping",
        fault: Fault::LooksEachMillisecond,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "self_waker_and_sleeps",
        fault: Fault::SleepsWhenIdle,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "read_what_is_there",
        fault: Fault::WaitsFirst,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "read_while_parked",
        fault: Fault::OnlyWakesEndThePark,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "read_again",
        fault: Fault::ReadsOnce,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "reads_of_two",
        fault: Fault::AllHaveOneToken,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "read_to_the_end",
        fault: Fault::HangUpFirst,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "read_half_closed",
        fault: Fault::NeedsAHangUp,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "read_moved",
        fault: Fault::ReadKeepsTheFirst,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "read_dropped",
        fault: Fault::DroppedReadsTake,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "reader_dropped",
        fault: Fault::SourcesStay,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "idle_while_reading",
        fault: Fault::AsksAgain,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "self_waker_and_reads",
        fault: Fault::LooksWhenIdle,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "job_elsewhere",
        fault: Fault::RunsJobsInPlace,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "job_while_parked",
        fault: Fault::JobsTellNobody,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "many_jobs",
        fault: Fault::JobsHaveABound,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "panic_of_a_job",
        fault: Fault::JobPanicsTellNobody,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "job_after_a_panic",
        fault: Fault::PanicsEndTheWorker,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "job_dropped",
        fault: Fault::DroppedJobsEndTheWorker,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "abort_of_a_waiting",
        fault: Fault::AbortPolls,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "handle_of_an_aborted",
        fault: Fault::AbortsTellNobody,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "abort_of_itself",
        fault: Fault::AbortNeedsTheTable,
        seen: Seen::Alone,
    },
    Planted {
        scenario: "abort_of_an_ended",
        fault: Fault::AbortExpectsTheTask,
        seen: Seen::Alone,
    },
];
