//! The timeline: a recording in the form that Perfetto and Chrome's tracing open.
//!
//! Owns what the file consists of. `plan.rs` finds out what must be known first,
//! `draw.rs` turns records into slices, instants and arrows, on the lanes of
//! `lanes.rs`, at the places of `axis.rs`; `events.rs` knows the format.

mod axis;
mod draw;
mod events;
mod lanes;
mod plan;
mod queue;
mod slices;

use std::fmt::{self, Display};

use super::Recording;
use axis::Axis;
use draw::Drawing;
use events::Events;
use plan::Plan;

impl Recording {
    /// The recording as a timeline: JSON in the [Trace Event Format], to be opened in
    /// [Perfetto](https://ui.perfetto.dev), or in `chrome://tracing`.
    ///
    /// # What it shows
    ///
    /// From top to bottom:
    ///
    /// - *the loop*: its turns and their phases; within the park phase how long the
    ///   loop slept and until when it might have, and a paused clock's jumps; timers
    ///   that fired and sources that became ready.
    /// - *a lane per task*, in the order of spawning: its polls, with how they ended
    ///   and what the task waits for after; in a poll, what it spawned, armed,
    ///   registered and read. If one place in the program spawned more than 64 tasks,
    ///   they share one lane. Nothing overlaps there, since one thread polls all tasks,
    ///   and each slice has its task's name.
    /// - *a lane per worker* of the blocking pool: its jobs.
    /// - *other threads*: what they sent. It stands where the loop took it in, which
    ///   is all that the loop knows.
    ///
    /// An arrow leads from what caused a poll to the poll: the timer, the readiness,
    /// the end of the job, the poll of the task that woke, spawned or aborted it, the
    /// other thread, the call of `block_on`; and from who queued a job to the job. A
    /// counter shows how many tasks are queued, at each event that changes that.
    ///
    /// What has no length, such as a timer's firing, is drawn as a slice of a
    /// microsecond, or less if something else happens before: an arrow must begin in a
    /// slice.
    ///
    /// # The time
    ///
    /// The axis is the runtime's clock, in microseconds since the runtime was made. No
    /// two records stand at the same place: of two with one time, the later in the
    /// recording is moved on by a nanosecond.
    ///
    /// While a clock is paused all happens in no time: slices would have no width, and
    /// nobody could see, nor a viewer tell, what was first. So if most records have the
    /// time of the one before, they are moved apart further: by a microsecond, or by
    /// the largest power of ten with which all steps together take a quarter of the
    /// time recorded. After the clock's next jump the axis shows its time again, if
    /// that has not been passed. `otherData` tells that the clock is virtual, and the
    /// step; what begins or happens has the clock's true time as `at`.
    ///
    /// # What is not there
    ///
    /// A poll or a job that began before the oldest record that was kept begins with
    /// the file, and says so; what had not ended when the recording was copied ends
    /// with the file, and says so. A job is recorded when it has ended; on a paused
    /// clock it stands where the loop learned of it. If records were dropped, the
    /// length of the run queue is unknown until the loop has slept, and is not shown
    /// before. The last phase of a turn lasts until the next turn begins, also if the
    /// program does something else in between.
    ///
    /// [Trace Event Format]: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .record(10_000)
    ///     .build()?;
    /// runtime.block_on(async { buzzer::task::yield_now().await });
    /// let timeline = runtime.recording().timeline().to_string();
    /// assert!(timeline.starts_with(r#"{"displayTimeUnit":"ns""#));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn timeline(&self) -> impl Display {
        fmt::from_fn(|f| {
            let plan = Plan::of(self);
            let axis = Axis::of(plan.records);
            let clock = match axis.is_virtual() {
                true => "virtual",
                false => "real",
            };
            write!(
                f,
                r#"{{"displayTimeUnit":"ns","otherData":{{"recorded_by":"buzzer","clock":"{clock}","step_ns":"{}","records":"{}","dropped":"{}"}},"#,
                axis.step,
                plan.records.len(),
                self.dropped(),
            )?;
            f.write_str("\"traceEvents\":[\n")?;
            let mut events = Events::new(f);
            events.process("buzzer")?;
            for (lane, name) in plan.lanes.all(&plan.names) {
                events.lane(lane, name)?;
            }
            Drawing::new(self, &plan, axis, events).draw()?;
            f.write_str("\n]}\n")
        })
    }
}

#[cfg(test)]
mod tests;
