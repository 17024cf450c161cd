//! What only buzzer has, by hand, as DESIGN.md says of it.

use crate::interpreter::strand::Future;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use tokio::runtime::Builder;

/// The order that buzzer draws by this seed is not to matter, so any will do.
pub(crate) fn draw_order(_: &mut Builder, _seed: Option<u64>) {}

/// Who was woken, in that order, and whom to wake for it.
#[derive(Default)]
struct Woken {
    children: VecDeque<usize>,
    parent: Option<Waker>,
}

struct Child {
    position: usize,
    is_listed: Mutex<bool>,
    woken: Arc<Mutex<Woken>>,
}

impl Wake for Child {
    fn wake(self: Arc<Self>) {
        if std::mem::replace(&mut *self.is_listed.lock().unwrap(), true) {
            return;
        }
        let mut woken = self.woken.lock().unwrap();
        woken.children.push_back(self.position);
        let parent = woken.parent.take();
        drop(woken);
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

/// A waker that is left when they are gone wakes nobody.
struct Gone(Arc<Mutex<Woken>>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.lock().unwrap().parent = None;
    }
}

pub(crate) async fn gather(branches: Vec<Future>) {
    together(branches, false).await;
}

pub(crate) async fn race(branches: Vec<Future>) -> usize {
    together(branches, true).await
}

/// Polls who was woken, in the order of the wakes; who is woken meanwhile waits for the
/// next poll. Gives the position of the one that ended it.
async fn together(branches: Vec<Future>, first_ends: bool) -> usize {
    let woken = Arc::new(Mutex::new(Woken::default()));
    let mut left = branches.len();
    let mut branches: Vec<_> = branches.into_iter().map(Some).collect();
    let children: Vec<_> = (0..left)
        .map(|position| {
            Arc::new(Child {
                position,
                is_listed: Mutex::new(true),
                woken: woken.clone(),
            })
        })
        .collect();
    woken.lock().unwrap().children.extend(0..left);
    if left == 0 {
        return 0;
    }
    // The last here, so the first that goes: a branch that is dropped may wake another.
    let _gone = Gone(woken.clone());
    poll_fn(|cx| {
        let mut woken_now = woken.lock().unwrap();
        woken_now.parent = Some(cx.waker().clone());
        let due = woken_now.children.len();
        drop(woken_now);
        for _ in 0..due {
            let position = woken.lock().unwrap().children.pop_front().unwrap();
            let Some(branch) = &mut branches[position] else {
                continue;
            };
            *children[position].is_listed.lock().unwrap() = false;
            let waker = children[position].clone().into();
            if branch
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
            {
                continue;
            }
            branches[position] = None;
            *children[position].is_listed.lock().unwrap() = true;
            left -= 1;
            if left == 0 || first_ends {
                return Poll::Ready(position);
            }
        }
        Poll::Pending
    })
    .await
}
