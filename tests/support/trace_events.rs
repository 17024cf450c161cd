//! Checks that a text is a valid trace in the "Trace Event Format", as far as the
//! timeline uses it.
//!
//! Owns the format's rules, and those that Perfetto needs to draw all that is there:
//! it leaves out, without a word, a slice that does not nest and an arrow that begins
//! or ends in no slice.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A lane: its process and thread.
type Lane = (u64, u64);

/// What a valid trace shows.
#[derive(Debug, Default)]
pub struct Trace {
    pub lanes: BTreeMap<u64, String>,
    pub slices: Vec<Slice>,
    pub instants: Vec<Instant>,
    pub arrows: Vec<Arrow>,
    /// Series, time, value.
    pub counters: Vec<(String, u64, f64)>,
    pub other: Value,
}

#[derive(Clone, Debug)]
pub struct Slice {
    pub lane: String,
    pub name: String,
    /// Nanoseconds, as all times here.
    pub from: u64,
    pub to: u64,
    /// How many slices are around it.
    pub depth: usize,
    /// Those of the beginning and of the end.
    pub args: BTreeMap<String, Value>,
}

#[derive(Debug)]
pub struct Instant {
    pub lane: String,
    pub name: String,
    pub at: u64,
    pub args: BTreeMap<String, Value>,
}

/// By the lanes and names of the slices that it joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    pub from: (String, String),
    pub to: (String, String),
    /// When it begins and when it ends.
    pub times: (u64, u64),
}

impl Trace {
    pub fn on<'a>(&'a self, lane: &'a str) -> impl Iterator<Item = &'a Slice> {
        self.slices.iter().filter(move |slice| slice.lane == lane)
    }

    /// From and to, in the order of their ends, as `lane: slice`.
    pub fn arrows(&self) -> Vec<(String, String)> {
        let mut arrows = self.arrows.clone();
        arrows.sort_by_key(|arrow| arrow.times.1);
        let said = |(lane, name): &(String, String)| format!("{lane}: {name}");
        arrows
            .iter()
            .map(|arrow| (said(&arrow.from), said(&arrow.to)))
            .collect()
    }

    pub fn instants_on<'a>(&'a self, lane: &'a str) -> impl Iterator<Item = &'a str> {
        let on = self.instants.iter().filter(move |i| i.lane == lane);
        on.map(|instant| instant.name.as_str())
    }
}

/// The trace, or the first rule that it breaks.
pub fn check(text: &str) -> Result<Trace, String> {
    let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let events = json["traceEvents"].as_array();
    let events = events.ok_or("no array traceEvents")?;
    let mut checker = Checker::default();
    for (index, event) in events.iter().enumerate() {
        checker
            .event(event)
            .map_err(|why| format!("{why}, in event {index}: {event}"))?;
    }
    let mut trace = checker.end()?;
    trace.other = json["otherData"].clone();
    Ok(trace)
}

#[derive(Default)]
struct Checker {
    trace: Trace,
    processes: BTreeSet<u64>,
    names: BTreeMap<Lane, String>,
    order: BTreeMap<Lane, u64>,
    last: u64,
    /// By place in `trace.slices`.
    open: BTreeMap<Lane, Vec<usize>>,
    arrows: BTreeMap<u64, Begun>,
}

/// An arrow that has begun.
struct Begun {
    from: (String, String),
    at: u64,
    /// Viewers join what has the same id, category and name.
    called: (String, String),
    has_ended: bool,
}

impl Checker {
    fn event(&mut self, event: &Value) -> Result<(), String> {
        let phase = text(event, "ph")?;
        let name = text(event, "name")?;
        let lane = (number(event, "pid")?, number(event, "tid")?);
        if phase == "M" {
            return self.metadata(event, &name, lane);
        }
        let at = self.time(event)?;
        if !self.names.contains_key(&lane) || !self.order.contains_key(&lane) {
            return Err("a lane without a name and a place".to_owned());
        }
        match phase.as_str() {
            "B" => self.begin(event, name, lane, at),
            "E" => self.end_slice(event, &name, lane, at),
            "i" => self.instant(event, name, lane, at),
            "s" => self.arrow_begins(event, lane, at),
            "f" => self.arrow_ends(event, lane, at),
            "C" => self.counter(event, &name, at),
            _ => Err("an unknown phase".to_owned()),
        }
    }

    fn metadata(&mut self, event: &Value, name: &str, lane: Lane) -> Result<(), String> {
        let args = &event["args"];
        let is_new = match name {
            "process_name" => {
                text(args, "name")?;
                self.processes.insert(lane.0)
            }
            "thread_name" => {
                let name = text(args, "name")?;
                self.trace.lanes.insert(lane.1, name.clone());
                self.names.insert(lane, name).is_none()
            }
            "thread_sort_index" => {
                let index = number(args, "sort_index")?;
                if self.order.values().any(|other| *other == index) {
                    return Err("two lanes at the same place".to_owned());
                }
                self.order.insert(lane, index).is_none()
            }
            _ => return Err("unknown metadata".to_owned()),
        };
        match is_new {
            true => Ok(()),
            false => Err("named twice".to_owned()),
        }
    }

    /// In nanoseconds; the format's are microseconds with a fraction.
    fn time(&mut self, event: &Value) -> Result<u64, String> {
        let micros = event["ts"].as_f64().ok_or("no number ts")?;
        let nanos = (micros * 1_000.0).round();
        if nanos < 0.0 {
            return Err("a negative time".to_owned());
        }
        let nanos = nanos as u64;
        if nanos < self.last {
            return Err("earlier than the event before".to_owned());
        }
        self.last = nanos;
        Ok(nanos)
    }

    fn begin(&mut self, event: &Value, name: String, lane: Lane, at: u64) -> Result<(), String> {
        let open = self.open.entry(lane).or_default();
        let slice = Slice {
            lane: self.names[&lane].clone(),
            name,
            from: at,
            to: at,
            depth: open.len(),
            args: args(event)?,
        };
        open.push(self.trace.slices.len());
        self.trace.slices.push(slice);
        Ok(())
    }

    fn end_slice(&mut self, event: &Value, name: &str, lane: Lane, at: u64) -> Result<(), String> {
        let open = self.open.get_mut(&lane).and_then(Vec::pop);
        let slice = &mut self.trace.slices[open.ok_or("an end without a beginning")?];
        if slice.name != name {
            return Err(format!("the end of another slice than {:?}", slice.name));
        }
        if at <= slice.from {
            return Err("a slice of no width".to_owned());
        }
        slice.to = at;
        slice.args.extend(args(event)?);
        Ok(())
    }

    fn instant(&mut self, event: &Value, name: String, lane: Lane, at: u64) -> Result<(), String> {
        if text(event, "s")? != "t" {
            return Err("an instant that is not of its thread".to_owned());
        }
        self.trace.instants.push(Instant {
            lane: self.names[&lane].clone(),
            name,
            at,
            args: args(event)?,
        });
        Ok(())
    }

    /// The innermost slice around an arrow's end.
    fn around(&self, lane: Lane) -> Result<(String, String), String> {
        let open = self.open.get(&lane).and_then(|open| open.last());
        let slice = &self.trace.slices[*open.ok_or("an arrow's end in no slice")?];
        Ok((slice.lane.clone(), slice.name.clone()))
    }

    fn arrow_begins(&mut self, event: &Value, lane: Lane, at: u64) -> Result<(), String> {
        let begun = Begun {
            from: self.around(lane)?,
            at,
            called: (text(event, "cat")?, text(event, "name")?),
            has_ended: false,
        };
        match self.arrows.insert(number(event, "id")?, begun) {
            None => Ok(()),
            Some(_) => Err("two arrows with one id".to_owned()),
        }
    }

    fn arrow_ends(&mut self, event: &Value, lane: Lane, at: u64) -> Result<(), String> {
        if text(event, "bp")? != "e" {
            return Err("an arrow that ends at the next slice".to_owned());
        }
        let to = self.around(lane)?;
        let begun = self.arrows.get_mut(&number(event, "id")?);
        let begun = begun.ok_or("an arrow that was not begun")?;
        if begun.called != (text(event, "cat")?, text(event, "name")?) {
            return Err("an arrow that ends by another name".to_owned());
        }
        if begun.has_ended {
            return Err("an arrow with two ends".to_owned());
        }
        if at <= begun.at {
            return Err("an arrow that does not go forward".to_owned());
        }
        begun.has_ended = true;
        self.trace.arrows.push(Arrow {
            from: begun.from.clone(),
            to,
            times: (begun.at, at),
        });
        Ok(())
    }

    fn counter(&mut self, event: &Value, name: &str, at: u64) -> Result<(), String> {
        for (series, value) in args(event)? {
            let value = value.as_f64().ok_or("a counter that is no number")?;
            let series = format!("{name}: {series}");
            self.trace.counters.push((series, at, value));
        }
        Ok(())
    }

    fn end(self) -> Result<Trace, String> {
        let open = self.open.values().flatten().next();
        if let Some(slice) = open {
            let slice = &self.trace.slices[*slice];
            return Err(format!("never ended: {:?} of {:?}", slice.name, slice.lane));
        }
        if let Some((id, arrow)) = self.arrows.iter().find(|(_, arrow)| !arrow.has_ended) {
            return Err(format!("arrow {id} from {:?} leads nowhere", arrow.from));
        }
        if self
            .names
            .keys()
            .any(|(process, _)| !self.processes.contains(process))
        {
            return Err("a process without a name".to_owned());
        }
        Ok(self.trace)
    }
}

fn text(of: &Value, field: &str) -> Result<String, String> {
    let value = of[field].as_str();
    value.map(str::to_owned).ok_or(format!("no string {field}"))
}

fn number(of: &Value, field: &str) -> Result<u64, String> {
    of[field].as_u64().ok_or(format!("no number {field}"))
}

fn args(event: &Value) -> Result<BTreeMap<String, Value>, String> {
    match &event["args"] {
        Value::Null => Ok(BTreeMap::new()),
        Value::Object(args) => Ok(args.clone().into_iter().collect()),
        _ => Err("args that are no object".to_owned()),
    }
}
