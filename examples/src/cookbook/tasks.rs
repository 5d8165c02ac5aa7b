//! The smallest executor: polls all its tasks in turn, on one thread. The recipes run on any other as well.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

pub(super) type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a task once, and says whether it is done.
pub(super) fn poll(task: &mut Task<'_>) -> bool {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    task.as_mut().poll(&mut context).is_ready()
}

/// Runs all tasks to their ends.
pub(super) fn run_all(mut tasks: Vec<Task<'_>>) {
    while !tasks.is_empty() {
        tasks.retain_mut(|task| !poll(task));
    }
}

/// Lets the others run.
pub(super) async fn pause() {
    let mut polled = false;
    std::future::poll_fn(|context| {
        if polled {
            return Poll::Ready(());
        }
        polled = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
