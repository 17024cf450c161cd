//! The format: trace events as JSON.
//!
//! Owns how each kind of event is written. The fields are those of the "Trace Event
//! Format" document of the Chromium project; the sections are named where they are
//! used.

use std::fmt::{self, Display, Formatter};

use super::lanes::{LOOP, Lane};
use crate::record::time::Nanos;
use crate::trace::json::Quoted;
use crate::trace::names::Span;

/// The only process that there is.
const PROCESS: u32 = 1;

/// Writes events, with a comma before each but the first.
pub(super) struct Events<'a, 'b> {
    out: &'a mut Formatter<'b>,
    begun: bool,
    /// Where the last event stands.
    last: Nanos,
    /// What the clock showed, where the axis does not say it.
    time: Option<Nanos>,
}

/// Arguments of an event: names, and values that are JSON.
pub(super) type Args<'a> = &'a [(&'a str, &'a dyn Display)];

impl<'a, 'b> Events<'a, 'b> {
    pub(super) fn new(out: &'a mut Formatter<'b>) -> Self {
        Self {
            out,
            begun: false,
            last: 0,
            time: None,
        }
    }

    /// Adds to what begins or happens from here on what the clock shows.
    pub(super) fn say_time(&mut self, time: Nanos) {
        self.time = Some(time);
    }

    /// Where the last event stands: none may stand before it.
    pub(super) fn last(&self) -> Nanos {
        self.last
    }

    /// "Metadata Events": what the process is called.
    pub(super) fn process(&mut self, name: &str) -> fmt::Result {
        self.head('M', Lane(PROCESS))?;
        write!(
            self.out,
            r#","name":"process_name","args":{{"name":{}}}}}"#,
            Quoted(name)
        )
    }

    /// What a lane is called, and that it stands where its number says.
    pub(super) fn lane(&mut self, lane: Lane, name: impl Display) -> fmt::Result {
        self.head('M', lane)?;
        write!(
            self.out,
            r#","name":"thread_name","args":{{"name":{}}}}}"#,
            Quoted(name)
        )?;
        self.head('M', lane)?;
        let Lane(index) = lane;
        write!(
            self.out,
            r#","name":"thread_sort_index","args":{{"sort_index":{index}}}}}"#
        )
    }

    /// "Duration Events": a slice begins.
    pub(super) fn begin(
        &mut self,
        lane: Lane,
        at: Nanos,
        name: impl Display,
        args: Args<'_>,
    ) -> fmt::Result {
        self.event('B', lane, at, name)?;
        self.with(args, self.time)
    }

    /// The slice ends that began last on this lane.
    pub(super) fn end(
        &mut self,
        lane: Lane,
        at: Nanos,
        name: impl Display,
        args: Args<'_>,
    ) -> fmt::Result {
        self.event('E', lane, at, name)?;
        self.with(args, None)
    }

    /// "Instant Events", of a thread.
    pub(super) fn instant(
        &mut self,
        lane: Lane,
        at: Nanos,
        name: impl Display,
        args: Args<'_>,
    ) -> fmt::Result {
        self.event('i', lane, at, name)?;
        self.out.write_str(r#","s":"t""#)?;
        self.with(args, self.time)
    }

    /// "Flow Events": an arrow begins in the slice around it.
    pub(super) fn arrow_begins(&mut self, lane: Lane, at: Nanos, id: usize) -> fmt::Result {
        self.event('s', lane, at, "causes")?;
        write!(self.out, r#","cat":"cause","id":{id}}}"#)
    }

    /// It ends in the slice around it, and not at the next one to begin.
    pub(super) fn arrow_ends(&mut self, lane: Lane, at: Nanos, id: usize) -> fmt::Result {
        self.event('f', lane, at, "causes")?;
        write!(self.out, r#","cat":"cause","bp":"e","id":{id}}}"#)
    }

    /// "Counter Events".
    pub(super) fn counter(
        &mut self,
        at: Nanos,
        name: &str,
        series: &str,
        value: u64,
    ) -> fmt::Result {
        self.event('C', LOOP, at, name)?;
        write!(self.out, r#","args":{{"{series}":{value}}}}}"#)
    }

    fn head(&mut self, ph: char, Lane(lane): Lane) -> fmt::Result {
        if self.begun {
            self.out.write_str(",\n")?;
        }
        self.begun = true;
        write!(self.out, r#"{{"ph":"{ph}","pid":{PROCESS},"tid":{lane}"#)
    }

    fn event(&mut self, ph: char, lane: Lane, at: Nanos, name: impl Display) -> fmt::Result {
        self.head(ph, lane)?;
        self.last = at;
        // In microseconds.
        let (micros, nanos) = (at / 1_000, at % 1_000);
        write!(
            self.out,
            r#","ts":{micros}.{nanos:03},"name":{}"#,
            Quoted(name)
        )
    }

    fn with(&mut self, args: Args<'_>, time: Option<Nanos>) -> fmt::Result {
        let time = time.map(|time| Quoted(Span(time)));
        let time = time.as_ref().map(|time| ("at", time as &dyn Display));
        let mut before = r#","args":{"#;
        for (name, value) in args.iter().copied().chain(time) {
            write!(self.out, r#"{before}"{name}":{value}"#)?;
            before = ",";
        }
        self.out.write_str(if before == "," { "}}" } else { "}" })
    }
}
