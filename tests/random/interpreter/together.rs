//! Up to three branches within one task: by the macros that both runtimes have, by buzzer's
//! own `gather` and `race!`, and, where there is none, by hand as DESIGN.md has them.

use crate::strand::Future;

pub(crate) async fn join(branches: Vec<Future>) {
    let count = branches.len();
    let mut branches = branches.into_iter();
    let mut next = || branches.next().expect("there are so many");
    match count {
        0 => (),
        1 => drop(tokio::join!(next())),
        2 => drop(tokio::join!(next(), next())),
        _ => drop(tokio::join!(next(), next(), next())),
    }
}

/// Which of them ended first; of those that could, the first written.
pub(crate) async fn select(branches: Vec<Future>) -> usize {
    let count = branches.len();
    let mut branches = branches.into_iter();
    let mut next = || branches.next().expect("there are so many");
    match count {
        0 => 0,
        1 => tokio::select! { biased; () = next() => 0 },
        2 => tokio::select! { biased; () = next() => 0, () = next() => 1 },
        _ => tokio::select! { biased; () = next() => 0, () = next() => 1, () = next() => 2 },
    }
}

#[cfg(feature = "own")]
pub(crate) async fn gather(branches: Vec<Future>) {
    tokio::gather(branches).await;
}

/// Which of up to three ended first.
#[cfg(feature = "own")]
pub(crate) async fn race(branches: Vec<Future>) -> usize {
    let count = branches.len();
    let mut branches = branches.into_iter().enumerate();
    let mut next = || {
        let (position, branch) = branches.next().expect("there are so many");
        async move {
            branch.await;
            position
        }
    };
    match count {
        0 => 0,
        1 => tokio::race!(next()).await,
        2 => tokio::race!(next(), next()).await,
        _ => tokio::race!(next(), next(), next()).await,
    }
}

#[cfg(not(feature = "own"))]
pub(crate) use by_hand::{gather, race};

#[cfg(not(feature = "own"))]
mod by_hand {
    use super::Future;
    use std::collections::VecDeque;
    use std::future::poll_fn;
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Poll, Wake, Waker};

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
        let _gone = Gone(woken.clone());
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
        poll_fn(move |cx| {
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
}
