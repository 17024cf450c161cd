//! The settings of the [`Builder`] that look at a runtime, and change nothing of what it
//! does.
//!
//! Owns those methods. What is looked at is made in `trace/`.

use std::sync::Arc;
use std::time::Duration;

use super::builder::Builder;
use crate::machine::core::OnDeadlock;
use crate::sys::signal_kind::SignalKind;
use crate::trace::SlowPoll;
use crate::trace::watchdog::Listener;

impl Builder {
    /// Records what happens, and keeps the latest `events`, which
    /// [`Runtime::recording`](super::Runtime::recording) hands out: see
    /// [`trace`](crate::trace).
    ///
    /// An event costs some 35 ns, of which the look at the clock is about half, and takes
    /// 48 bytes while it is kept. Kept as well are, of the events that had to make room,
    /// the spawns of living tasks and the registrations of open sources.
    ///
    /// On a paused clock a run that does the same is recorded the same, also with a
    /// [`seed`](Self::rng_seed), as long as nothing outside the runtime's thread has a
    /// say: other threads, jobs and sockets are as fast as they are, which shows in when
    /// the loop parks, and in how many turns it makes.
    ///
    /// # Panics
    ///
    /// If it is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread().record(1_000).build()?;
    /// runtime.block_on(buzzer::task::yield_now());
    /// let recording = runtime.recording();
    /// assert!(!recording.records().is_empty());
    /// println!("{}", recording.story());
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn record(&mut self, events: usize) -> &mut Self {
        assert!(events > 0, "a recording of 0 events records nothing");
        self.observers.record = Some(events);
        self
    }

    /// What `block_on` does when it is about to sleep with nothing that could ever
    /// wake it. The default is to sleep.
    ///
    /// It speaks when all of this holds: no task is queued, no timer is armed
    /// (one that is further off than the clock can show never comes due), no task
    /// waits for a descriptor (a socket, a child process, a signal), no blocking job
    /// is queued or runs, and no other thread has sent anything.
    ///
    /// What other threads hold can't be known: a waker is a number, and nobody counts
    /// its copies. So it also speaks, wrongly, when a thread of the program's own is
    /// about to wake a task or to spawn one through a
    /// [`Handle`](super::Handle). And it keeps silent
    ///
    /// - while anything of the above is there, even if it has nothing to do with the
    ///   tasks that wait for each other;
    /// - in [`Runtime::turn`](super::Runtime::turn), whose caller has a loop of its own;
    /// - after it has spoken, until a task has been polled again.
    ///
    /// # Examples
    ///
    /// ```should_panic
    /// use buzzer::runtime::{Builder, OnDeadlock};
    /// let runtime = Builder::new_current_thread()
    ///     .on_deadlock(OnDeadlock::Panic)
    ///     .build()
    ///     .unwrap();
    /// // Panics: #0 waits for a task, and that for something that never comes.
    /// runtime.block_on(async { buzzer::spawn(std::future::pending::<()>()).await });
    /// ```
    pub fn on_deadlock(&mut self, what: OnDeadlock) -> &mut Self {
        self.observers.on_deadlock = what;
        self
    }

    /// Has `signal` tell on stderr what every task waits for: see
    /// [`Runtime::dump`](super::Runtime::dump). The variable `BUZZER_DUMP` does the
    /// same for any program: `BUZZER_DUMP=USR1`, then `kill -USR1`.
    ///
    /// The loop answers: at once when it sleeps, else at the end of its turn. If it hasn't
    /// after 100 ms, the watchdog's thread (which a runtime with this setting has in any
    /// case) says why: which task's poll holds the loop, that no loop runs, or which jobs
    /// the drop of the runtime waits for. The dump follows when the loop comes round.
    ///
    /// The loop pays for that as for a [`watchdog`](Self::watchdog), and for
    /// [`dump_waits`](Self::dump_waits). Each runtime answers for itself; a signal from
    /// before it was made asks it nothing. The signal keeps no `block_on` from ending, and
    /// is nothing that [`on_deadlock`](Self::on_deadlock) takes for a hope. The program may
    /// listen to it as well. Like any signal that is caught, it stays caught for the rest
    /// of the process: see [`signal`](crate::signal).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::signal::unix::SignalKind;
    ///
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .dump_on_signal(SignalKind::user_defined1())
    ///     .build()?;
    /// // While this runs, `kill -USR1` has it say that the future waits for a deadline.
    /// runtime.block_on(buzzer::time::sleep(std::time::Duration::from_millis(1)));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn dump_on_signal(&mut self, signal: SignalKind) -> &mut Self {
        self.observers.dump_on = Some(signal);
        self
    }

    /// Keeps how often each task was polled and when last, so that a
    /// [dump](super::Runtime::dump) can tell how long each has waited; and where sockets
    /// and other sources were made. A runtime that is asked by a
    /// [signal](Self::dump_on_signal) keeps it in any case. From then on, and in the whole
    /// process, it is also noted who waits for the locks and channels of
    /// [`sync`](crate::sync), and who holds them; [`on_deadlock`](Self::on_deadlock) has
    /// that noted, too.
    ///
    /// The loop pays with a look at the clock for each poll and each spawn, with 24
    /// bytes for each task that is alive at a time, and with an entry in a table for each
    /// descriptor; locks and channels with some 100 ns for each step.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .dump_waits(true)
    ///     .start_paused(true)
    ///     .build()?;
    /// let task = runtime.spawn(std::future::pending::<()>());
    /// runtime.block_on(async { buzzer::time::sleep(Duration::from_secs(60)).await });
    /// let dump = runtime.dump();
    /// let task = dump.task(task.id()).unwrap();
    /// assert_eq!(task.polls(), Some(1));
    /// assert_eq!(task.waited(), Some(Duration::from_secs(60)));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn dump_waits(&mut self, keep: bool) -> &mut Self {
        self.observers.dump_waits = keep;
        self
    }

    /// Reports each poll that holds the loop longer than `limit`, while it does and
    /// again at its end: on stderr, or to [`on_slow_poll`](Self::on_slow_poll). The
    /// variable `BUZZER_WATCHDOG` does the same for any program:
    /// `BUZZER_WATCHDOG=100ms`.
    ///
    /// A thread looks at the loop four times within the limit, so a poll is reported
    /// when it has lasted for the limit or a quarter of it more; one that goes on is
    /// reported again each time its length has doubled. The time is real, also with a
    /// paused clock. While the whole process stands still, half the limit is counted at
    /// most. At the shutdown a future whose drop takes long is reported while it does, but
    /// not at its end: nobody waits for it any more.
    ///
    /// What is set here goes before the variable.
    ///
    /// The loop pays with one store a poll, and a look at the same word after it, of
    /// which both stay in its cache; and with an entry in a table for each spawn and
    /// each end of a task.
    ///
    /// # Panics
    ///
    /// If the limit is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .watchdog(Duration::from_millis(100))
    ///     .build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn watchdog(&mut self, limit: Duration) -> &mut Self {
        assert!(
            !limit.is_zero(),
            "a watchdog with a limit of zero would report every poll"
        );
        self.observers.watchdog = Some(limit);
        self
    }

    /// Keeps a ledger of where the time goes: see
    /// [`Runtime::ledger`](super::Runtime::ledger). The variable `BUZZER_LEDGER=1` does
    /// the same for any program, and prints it on stderr when the runtime is dropped, or
    /// when its process ends before ([`trace`](crate::trace)).
    ///
    /// Each event is counted as it happens, and none is kept, so a ledger covers a run of
    /// any length. An event costs about as much as one that is
    /// [recorded](Self::record), the first and the last of a task half as much again; that
    /// time is in the ledger too, where it is spent. It takes memory for each live task,
    /// some 400 bytes, for 1,024 ended ones, and for each place in the program that spawns.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread().ledger(true).build()?;
    /// runtime.block_on(runtime.spawn(async { std::hint::black_box(6 * 7) })).unwrap();
    /// let ledger = runtime.ledger();
    /// assert!(ledger.polling() > std::time::Duration::ZERO);
    /// println!("{ledger}"); // As a table: who has used the time, and who has waited.
    /// # std::io::Result::Ok(())
    /// ```
    pub fn ledger(&mut self, keep: bool) -> &mut Self {
        self.observers.ledger = keep;
        self
    }

    /// Gives the watchdog's reports to `listener` instead of stderr: those of polls that
    /// go on from the watchdog's thread, those of their ends from the loop's. It gets one
    /// after the other, that of a poll's end last, so the loop waits for it at the end of
    /// a slow poll: it must not wait for the runtime. A panic in it is contained.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::Duration;
    ///
    /// let (tell, told) = mpsc::channel();
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .watchdog(Duration::from_millis(4))
    ///     .on_slow_poll(move |poll| tell.send(poll.spawned_at().map(|at| at.line())).unwrap())
    ///     .build()?;
    /// let line = line!() + 1;
    /// let slow = runtime.spawn(async move { told.recv() }); // Holds the loop for so long.
    /// assert_eq!(runtime.block_on(slow).unwrap(), Ok(Some(line)));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_slow_poll(
        &mut self,
        listener: impl Fn(&SlowPoll) + Send + Sync + 'static,
    ) -> &mut Self {
        self.observers.listener = Some(Listener(Arc::new(listener)));
        self
    }
}
