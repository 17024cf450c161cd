//! Who has ended is taken from the set.
//!
//! Owns the waiting of [`JoinSet`]. Who has ended is told by
//! `machine/scheduler/group.rs`, as to a gather: a wait among ten thousand costs what one
//! among ten does.

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::{JoinSet, Member};
use crate::machine::budget;
use crate::machine::context;
use crate::machine::scheduler::group::{Child, Children};
use crate::task::{Id, JoinError};

impl<T: 'static> JoinSet<T> {
    /// Waits until one has ended, takes it from the set, and gives its output; `None` if
    /// the set is empty.
    ///
    /// # Errors
    ///
    /// As of a [`JoinHandle`](crate::task::JoinHandle): it panicked, or was cancelled.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: who has ended stays in the set.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let mut cups = buzzer::task::JoinSet::new();
    /// cups.spawn(async { "mocha" });
    /// cups.spawn(async { panic!("no beans") });
    /// while let Some(ended) = cups.join_next().await {
    ///     match ended {
    ///         Ok(cup) => assert_eq!(cup, "mocha"),
    ///         Err(error) => assert!(error.is_panic()),
    ///     }
    /// }
    /// # });
    /// ```
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|cx| self.poll_join_next(cx)).await
    }

    /// As [`join_next`](Self::join_next), with the id of who it was. That of one without
    /// an output is [`JoinError::id`].
    ///
    /// # Errors
    ///
    /// As [`join_next`](Self::join_next).
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: who has ended stays in the set.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let mut cups = buzzer::task::JoinSet::new();
    /// let id = cups.spawn(async { "mocha" }).id();
    /// assert_eq!(cups.join_next_with_id().await.unwrap().unwrap(), (id, "mocha"));
    /// # });
    /// ```
    pub async fn join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        poll_fn(|cx| self.poll_join_next_with_id(cx)).await
    }

    /// As [`join_next`](Self::join_next) without waiting: `None` also if none has ended.
    ///
    /// # Errors
    ///
    /// As [`join_next`](Self::join_next).
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let mut cups = buzzer::task::JoinSet::new();
    /// cups.spawn(async { "mocha" });
    /// assert!(cups.try_join_next().is_none()); // It has not run yet.
    /// buzzer::task::yield_now().await;
    /// assert_eq!(cups.try_join_next().unwrap().unwrap(), "mocha");
    /// # });
    /// ```
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        without_id(self.try_join_next_with_id())
    }

    /// As [`try_join_next`](Self::try_join_next), with the id of who it was.
    ///
    /// # Errors
    ///
    /// As [`join_next`](Self::join_next).
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let mut cups = buzzer::task::JoinSet::new();
    /// let id = cups.spawn(async { "mocha" }).id();
    /// buzzer::task::yield_now().await;
    /// assert_eq!(cups.try_join_next_with_id().unwrap().unwrap(), (id, "mocha"));
    /// # });
    /// ```
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        // Whoever waits is to be told still, so no waker is left by this look.
        let _lifted = budget::lift();
        let mut cx = Context::from_waker(Waker::noop());
        if self.admit()
            && let Some(children) = &mut self.children
        {
            children.look();
            if let Poll::Ready(taken) = self.poll_children(&mut cx) {
                return Some(taken);
            }
            if self.crossing == 0 {
                return None;
            }
        }
        let has_ended = |(key, member): (usize, &Member<T>)| {
            let is_asked = member.crosses || member.position.is_none();
            (is_asked && member.handle.is_finished()).then_some(key)
        };
        let key = self.members.iter().find_map(has_ended)?;
        match self.poll_member(key, &mut cx) {
            Poll::Ready(taken) => Some(taken),
            Poll::Pending => None,
        }
    }

    /// As [`join_next`](Self::join_next), for futures written by hand. When it has to
    /// wait, it wakes who asked last. Each call that says "ready" takes one.
    ///
    /// # Errors
    ///
    /// As [`join_next`](Self::join_next).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// # buzzer::block_on(async {
    /// let mut cups = buzzer::task::JoinSet::new();
    /// cups.spawn(async { "mocha" });
    /// let ended = poll_fn(|cx| cups.poll_join_next(cx)).await;
    /// assert_eq!(ended.unwrap().unwrap(), "mocha");
    /// # });
    /// ```
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        self.poll_join_next_with_id(cx).map(without_id)
    }

    /// As [`poll_join_next`](Self::poll_join_next), with the id of who it was.
    ///
    /// # Errors
    ///
    /// As [`join_next`](Self::join_next).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// # buzzer::block_on(async {
    /// let mut cups = buzzer::task::JoinSet::new();
    /// let id = cups.spawn(async { "mocha" }).id();
    /// let ended = poll_fn(|cx| cups.poll_join_next_with_id(cx)).await;
    /// assert_eq!(ended.unwrap().unwrap(), (id, "mocha"));
    /// # });
    /// ```
    pub fn poll_join_next_with_id(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        if self.members.is_empty() {
            return Poll::Ready(None);
        }
        if self.admit()
            && let Some(children) = &mut self.children
        {
            children.attend(cx);
            return self.poll_children(cx).map(Some);
        }
        // Another library's executor drives this: each is asked.
        let keys: Vec<_> = self.members.iter().map(|(key, _)| key).collect();
        for key in keys {
            if let Poll::Ready(taken) = self.poll_member(key, cx) {
                return Poll::Ready(Some(taken));
            }
        }
        Poll::Pending
    }

    /// Aborts all, and waits until they have ended. Panics in them are passed over.
    ///
    /// # Cancel safety
    ///
    /// All are aborted by the first poll.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// # buzzer::block_on(async {
    /// let cup = Rc::new("mocha");
    /// let mut cups = buzzer::task::JoinSet::new();
    /// let theirs = cup.clone();
    /// cups.spawn(async move { std::future::pending::<()>().await; drop(theirs) });
    /// cups.shutdown().await;
    /// assert!(cups.is_empty() && Rc::strong_count(&cup) == 1); // All are gone.
    /// # });
    /// ```
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Waits until all have ended, and gives their outputs in the order in which they
    /// did.
    ///
    /// # Panics
    ///
    /// When one has panicked, by passing its panic on, and when one was cancelled. The
    /// others are aborted then.
    ///
    /// # Cancel safety
    ///
    /// None: those that have not ended are aborted, and outputs are lost.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let cups: buzzer::task::JoinSet<_> = (1..=3).map(std::future::ready).collect();
    /// assert_eq!(cups.join_all().await, [1, 2, 3]); // In the order of their ends.
    /// # });
    /// ```
    pub async fn join_all(mut self) -> Vec<T> {
        let mut outputs = Vec::with_capacity(self.len());
        while let Some(taken) = self.join_next().await {
            match taken.map_err(JoinError::try_into_panic) {
                Ok(output) => outputs.push(output),
                Err(Ok(payload)) => resume_unwind(payload),
                Err(Err(error)) => panic!("JoinSet::join_all waits for outputs, and {error}"),
            }
        }
        outputs
    }

    /// Makes children of those that are none, in the runtime that this thread is in;
    /// `false` if it is in none. Then there are no children any more: whoever is taken
    /// meanwhile would be left among them.
    pub(super) fn admit(&mut self) -> bool {
        if context::try_with(|_| ()).is_none() {
            self.children = None;
            self.fresh.clear();
            return false;
        }
        let is_here = |children: &Children| children.is_here();
        if !self.children.as_ref().is_some_and(is_here) {
            let all = self.members.iter_mut().map(|(key, member)| {
                member.position = None;
                key
            });
            self.fresh = all.collect();
            self.children = None;
        }
        let children = self
            .children
            .get_or_insert_with(|| Children::new("JoinSet::join_next"));
        for key in self.fresh.drain(..) {
            let position = children.add();
            self.members[key].position = Some(position);
            has_position(&mut self.keys, key, position);
        }
        true
    }

    /// Has a member that was spawned just now be told of when it ends, so that those which
    /// end before anybody asks are taken in that order as well.
    pub(super) fn wait_for(&mut self, key: usize) {
        let children = self.children.as_mut().expect("made by `admit`");
        let member = &mut self.members[key];
        let position = children.add_waiting(|cx| {
            let polled = Pin::new(&mut member.handle).poll(cx);
            assert!(
                polled.is_pending(),
                "a task has ended before its first poll"
            );
        });
        member.position = Some(position);
        has_position(&mut self.keys, key, position);
    }

    /// Takes the first that has ended, of those that were woken.
    fn poll_children(&mut self, cx: &mut Context<'_>) -> Poll<Result<(Id, T), JoinError>> {
        let children = self.children.as_mut().expect("made by `admit`");
        let (members, keys) = (&mut self.members, &self.keys);
        loop {
            let mut ended = None;
            let polled = children.poll_next(cx, |position, cx| {
                let key = keys[position];
                // The handle takes it, if it has ended. To find that it has not is no more
                // than to wait.
                budget::give_back();
                match Pin::new(&mut members[key].handle).poll(cx) {
                    Poll::Pending => Child::Waits,
                    Poll::Ready(result) => {
                        ended = Some((members.remove(key), result));
                        Child::Ended
                    }
                }
            });
            if polled.is_pending() {
                return Poll::Pending;
            }
            if let Some((member, result)) = ended {
                self.crossing -= usize::from(member.crosses);
                let id = member.handle.id();
                return Poll::Ready(result.map(|output| (id, output)));
            }
        }
    }

    /// Takes this one if it has ended.
    fn poll_member(
        &mut self,
        key: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(Id, T), JoinError>> {
        let handle = &mut self.members[key].handle;
        let Poll::Ready(result) = Pin::new(handle).poll(cx) else {
            return Poll::Pending;
        };
        let member = self.members.remove(key);
        self.crossing -= usize::from(member.crosses);
        if let (Some(position), Some(children)) = (member.position, &mut self.children) {
            children.end(position);
        }
        let id = member.handle.id();
        Poll::Ready(result.map(|output| (id, output)))
    }
}

/// Notes whose child has that position.
fn has_position(keys: &mut Vec<usize>, key: usize, position: usize) {
    if keys.len() <= position {
        keys.resize(position + 1, 0);
    }
    keys[position] = key;
}

fn without_id<T>(taken: Option<Result<(Id, T), JoinError>>) -> Option<Result<T, JoinError>> {
    taken.map(|result| result.map(|(_, output)| output))
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::JoinSet;
    use crate::runtime::Builder;
    use crate::task::yield_now;

    // Nothing of those that were taken is kept.
    #[test]
    fn a_set_that_is_never_in_a_runtime_and_never_empty_does_not_grow() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let mut set = JoinSet::new();
        set.spawn_on(std::future::pending(), runtime.handle());
        for value in 0..10 {
            set.spawn_on(async move { value }, runtime.handle());
            runtime.block_on(yield_now());
            let mut cx = Context::from_waker(Waker::noop());
            assert!(pin!(set.join_next()).poll(&mut cx).is_ready());
        }
        assert_eq!((set.len(), set.fresh.len()), (1, 0));
    }
}
