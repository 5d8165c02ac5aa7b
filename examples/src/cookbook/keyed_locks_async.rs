//! One lock per user, for tasks: who has to wait leaves a waker. Any executor's own mutex does instead of [`Turn`], if its
//! type gets the derive or goes into an `Object`.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::WeakValueMap;

use super::tasks::{pause, run_all};

#[derive(Default)]
struct State {
    is_taken: bool,
    waiting: VecDeque<Waker>,
}

/// A lock that is waited for without blocking the thread.
#[derive(WeakReferenceable, Default)]
struct Turn(Mutex<State>);

impl Turn {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the turn. The guard owns the lock, so that its user's entry stays while it is needed.
    async fn take(this: Strong<Self>) -> Guard {
        poll_fn(|context| {
            let mut state = this.state();
            if state.is_taken {
                state.waiting.push_back(context.waker().clone());
                return Poll::Pending;
            }
            state.is_taken = true;
            Poll::Ready(())
        })
        .await;
        Guard(this)
    }
}

struct Guard(Strong<Turn>);

impl Drop for Guard {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_taken = false;
        // All, not the next: one that was cancelled would keep the turn from the others.
        for waker in state.waiting.drain(..) {
            waker.wake();
        }
    }
}

async fn work(locks: &WeakValueMap<&'static str, Turn>, user: &'static str, job: u32) {
    let turn = locks.get_or_insert_with(user, || Strong::new(Turn::default()));
    let _guard = Turn::take(turn).await;
    println!("{user}: job {job} begins");
    pause().await;
    println!("{user}: job {job} ends");
}

/// Runs two jobs for one user, one after the other, beside one for another.
pub(super) fn run() {
    let locks = WeakValueMap::new();
    run_all(vec![
        Box::pin(work(&locks, "Anna", 1)),
        Box::pin(work(&locks, "Anna", 2)),
        Box::pin(work(&locks, "Bert", 3)),
    ]);
    println!("locks left: {}", locks.len());
}
