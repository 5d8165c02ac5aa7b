//! Objects that wake tasks.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};
use std::thread;

use weakref::task::Wake;
use weakref::{Strong, SyncSlot, WeakRef, WeakReferenceable};

use crate::Large;

/// Tells when it is woken, and by which of the two functions.
struct Task<B> {
    woken: Sender<&'static str>,
    _body: B,
}

impl<B: 'static> WeakReferenceable for Task<B> {
    type Slot = SyncSlot;
}

impl<B: Send + Sync + 'static> Wake for Task<B> {
    fn wake(this: Strong<Self>) {
        this.woken.send("wake").unwrap();
    }

    fn wake_by_ref(this: &Strong<Self>) {
        this.woken.send("wake_by_ref").unwrap();
    }
}

fn task<B>(body: B) -> (Task<B>, Receiver<&'static str>) {
    let (woken, received) = channel();
    (Task { woken, _body: body }, received)
}

fn counts_its_wakers<B: Send + Sync + 'static>(body: B) {
    let (task, woken) = task(body);
    let task = Strong::new(task);
    let watched = WeakRef::with_callback(&task, |_| ());
    let waker = Waker::from(task.clone());
    assert_eq!(Strong::strong_count(&task), 2);
    let other = waker.clone();
    assert_eq!(Strong::strong_count(&task), 3);
    assert!(other.will_wake(&waker));

    other.wake_by_ref();
    assert_eq!(Strong::strong_count(&task), 3);
    other.wake();
    assert_eq!(Strong::strong_count(&task), 2);
    assert_eq!(
        woken.try_iter().collect::<Vec<_>>(),
        ["wake_by_ref", "wake"]
    );

    drop(task);
    assert!(watched.is_alive());
    drop(waker);
    assert!(!watched.is_alive() && !watched.has_callback());
    assert!(woken.try_recv().is_err());
}

#[test]
fn a_waker_owns_its_object() {
    counts_its_wakers(());
    counts_its_wakers::<Large>([0; 32]);
}

#[test]
fn a_task_is_woken_from_another_thread() {
    let (task, woken) = task(0);
    let waker = Waker::from(Strong::new(task));
    let (sender, receiver) = channel::<Waker>();
    let thread = thread::spawn(move || receiver.recv().unwrap().wake());
    let polls = AtomicU32::new(0);
    let mut future = pin!(std::future::poll_fn(|context| {
        if polls.fetch_add(1, Relaxed) == 0 {
            sender.send(context.waker().clone()).unwrap();
            return Poll::Pending;
        }
        Poll::Ready(7)
    }));
    let mut context = Context::from_waker(&waker);
    assert!(future.as_mut().poll(&mut context).is_pending());
    thread.join().unwrap();
    assert_eq!(woken.recv(), Ok("wake"));
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(7));
}

#[test]
fn one_function_is_enough() {
    struct Counter(AtomicU32);
    impl WeakReferenceable for Counter {
        type Slot = SyncSlot;
    }
    impl Wake for Counter {
        fn wake(this: Strong<Self>) {
            this.0.fetch_add(1, Relaxed);
        }
    }
    let counter = Strong::new(Counter(AtomicU32::new(0)));
    let waker = Waker::from(counter.clone());
    waker.wake_by_ref();
    waker.wake();
    assert_eq!(
        (counter.0.load(Relaxed), Strong::strong_count(&counter)),
        (2, 1)
    );
}
