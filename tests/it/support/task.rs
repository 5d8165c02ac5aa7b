//! Tasks without an executor: each is polled by the test, or run to its end on the calling thread.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::text_of;

/// Runs a future on this thread, which sleeps while it waits.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// A future that the test polls. Dropped, it is cancelled.
pub(crate) struct Task<'a, T> {
    future: Option<Pin<Box<dyn Future<Output = T> + 'a>>>,
    bell: Arc<Bell>,
}

/// Counts how often a task was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl<'a, T> Task<'a, T> {
    pub(crate) fn new(future: impl Future<Output = T> + 'a) -> Self {
        Self {
            future: Some(Box::pin(future)),
            bell: Arc::default(),
        }
    }

    /// One that was polled and waits.
    #[track_caller]
    pub(crate) fn waiting(future: impl Future<Output = T> + 'a) -> Self {
        let mut task = Self::new(future);
        task.waits();
        task
    }

    pub(crate) fn poll(&mut self) -> Poll<T> {
        self.poll_with(&Arc::clone(&self.bell).into())
    }

    pub(crate) fn poll_with(&mut self, waker: &Waker) -> Poll<T> {
        let future = self.future.as_mut().expect("not polled after its end");
        let polled = future.as_mut().poll(&mut Context::from_waker(waker));
        if polled.is_ready() {
            self.future = None;
        }
        polled
    }

    /// Polls it: it is not ready.
    #[track_caller]
    pub(crate) fn waits(&mut self) {
        assert!(self.poll().is_pending());
    }

    /// Polls it: it is ready.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> T {
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it waits"),
        }
    }

    pub(crate) fn times_woken(&self) -> usize {
        self.bell.0.load(SeqCst)
    }

    /// How many wakers of it others keep.
    pub(crate) fn wakers(&self) -> usize {
        Arc::strong_count(&self.bell) - 1
    }
}

/// Runs them to their ends, as an executor of one thread does: each is polled at first, and then when it was woken.
#[track_caller]
pub(crate) fn run_all<T>(mut tasks: Vec<Task<'_, T>>) -> Vec<T> {
    let mut outputs: Vec<_> = tasks.iter().map(|_| None).collect();
    let mut seen = vec![None; tasks.len()];
    while outputs.iter().any(Option::is_none) {
        let mut is_stuck = true;
        for (index, task) in tasks.iter_mut().enumerate() {
            let woken = Some(task.times_woken());
            if outputs[index].is_none() && seen[index] != woken {
                (seen[index], is_stuck) = (woken, false);
                if let Poll::Ready(output) = task.poll() {
                    outputs[index] = Some(output);
                }
            }
        }
        assert!(!is_stuck, "all wait, and none was woken");
    }
    outputs.into_iter().flatten().collect()
}

/// Comes to the text of a panic instead of panicking.
pub(crate) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = Some(Box::pin(future));
    poll_fn(|context| {
        let running = future.as_mut().expect("not polled after its end");
        let poll = AssertUnwindSafe(|| running.as_mut().poll(context));
        let result: Result<_, Box<dyn Any + Send>> = catch_unwind(poll);
        match result {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(payload) => {
                future = None;
                Poll::Ready(Err(text_of(payload)))
            }
        }
    })
    .await
}

/// Runs both at the same time.
pub(crate) async fn join<T>(
    one: impl Future<Output = T>,
    other: impl Future<Output = T>,
) -> [T; 2] {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    poll_fn(|context| {
        if first.is_none()
            && let Poll::Ready(output) = one.as_mut().poll(context)
        {
            first = Some(output);
        }
        if second.is_none()
            && let Poll::Ready(output) = other.as_mut().poll(context)
        {
            second = Some(output);
        }
        match (first.take(), second.take()) {
            (Some(one), Some(other)) => Poll::Ready([one, other]),
            both => {
                (first, second) = both;
                Poll::Pending
            }
        }
    })
    .await
}

/// Lets other tasks have their turn.
pub(crate) async fn yield_once() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// What tasks wait for until somebody opens it.
pub(crate) struct Gate {
    is_open: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Gate {
    pub(crate) const fn new() -> Self {
        Self {
            is_open: AtomicBool::new(false),
            waiting: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn open(&self) {
        self.is_open.store(true, SeqCst);
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap());
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(crate) async fn passed(&self) {
        poll_fn(|context| {
            self.waiting.lock().unwrap().push(context.waker().clone());
            // After that: who opens it sees the waker, or this sees that it is open.
            if self.is_open.load(SeqCst) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        self.waiting.lock().unwrap().clear();
    }
}
