//! A strand: steps that follow each other, as a task or as a branch within one.
//!
//! Owns what is written of its beginning and end. Made by the root and by the steps that
//! have steps within.

use super::shared::Shared;
use super::step::step;
use program::{Body, write_line};
use std::pin::Pin;
use std::rc::Rc;
use tokio::task_local;

task_local! {
    /// How deep in scopes a strand is.
    pub(crate) static DEPTH: u32;
}

pub(crate) type Future<T = ()> = Pin<Box<dyn std::future::Future<Output = T>>>;

/// Writes when it is dropped before its end.
pub(crate) struct Strand {
    pub(crate) shared: Rc<Shared>,
    name: String,
    has_ended: bool,
    position: usize,
}

impl Strand {
    pub(crate) fn new(shared: &Rc<Shared>, name: String) -> Self {
        Self {
            shared: shared.clone(),
            name,
            has_ended: false,
            position: 0,
        }
    }

    pub(crate) fn ends(mut self) {
        self.has_ended = true;
        self.say("ends");
    }

    pub(crate) fn say(&self, text: &str) {
        let position = self.position;
        let text = match DEPTH.try_with(|depth| *depth) {
            Ok(depth) => format!("{position} {text} (depth {depth})"),
            Err(_) => format!("{position} {text}"),
        };
        write_line(&self.name, text);
    }

    /// What a strand that begins at this step is called.
    pub(crate) fn inner(&self, branch: usize) -> String {
        format!("{}.{}{}", self.name, self.position, ["", "b", "c"][branch])
    }

    /// The steps within this step.
    pub(crate) fn body(&self, branch: usize, steps: &Body) -> Future {
        body(&self.shared, self.inner(branch), steps)
    }

    pub(crate) fn bodies(&self, all: &[Body]) -> Vec<Future> {
        let all = all.iter().enumerate();
        all.map(|(branch, steps)| self.body(branch, steps))
            .collect()
    }
}

impl Drop for Strand {
    fn drop(&mut self) {
        if !self.has_ended {
            self.say("is dropped");
        }
    }
}

pub(crate) fn body(shared: &Rc<Shared>, name: String, steps: &Body) -> Future {
    let steps = steps.clone();
    // Made here, so that it is dropped also if it is never polled.
    let mut strand = Strand::new(shared, name);
    Box::pin(async move {
        for (position, next) in steps.iter().enumerate() {
            strand.position = position;
            step(&strand, next).await;
        }
        strand.ends();
    })
}

/// What a task gives; writes when it goes.
pub(crate) struct Output(String);

impl Drop for Output {
    fn drop(&mut self) {
        write_line(&self.0, String::from("its output goes"));
    }
}

pub(crate) fn task(shared: &Rc<Shared>, name: String, steps: &Body) -> Future<Output> {
    let body = body(shared, name.clone(), steps);
    Box::pin(async move {
        body.await;
        Output(name)
    })
}
