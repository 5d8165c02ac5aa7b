//! Coroutines: calls of one thread on stacks of their own, which return in any order.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use weakref::watch::{Bury, Group, Shard};
use weakref::{CallbackRef, Strong, SyncSlot, WeakRef, WeakReferenceable};
use weakref_containers::WeakList;

struct Rows;

impl Bury for Rows {
    type Slot = SyncSlot;
    type Entry = ();

    fn take_dead(&mut self) -> Option<()> {
        None
    }
}

#[test]
fn a_read_ends_within_another_that_began_later() {
    let [first, second] = [(); 2].map(|()| Rc::new(Shard::new(Rows, Group::new())));
    let inner = Rc::clone(&first);
    let mut reader = Coroutine::new(move |yielder: &Yielder<(), ()>, ()| {
        inner.read(|_| yielder.suspend(()));
        assert!(Group::is_any_read_here(), "the other goes on");
    });
    assert!(matches!(reader.resume(()), CoroutineResult::Yield(())));
    second.read(|_| assert!(matches!(reader.resume(()), CoroutineResult::Return(()))));
    assert!(!Group::is_any_read_here());
    first.write(|_| ());
    second.write(|_| ());
}

type Task = Coroutine<(), (), ()>;

thread_local! {
    /// The yielder of the coroutine that runs, or null.
    static YIELDER: Cell<*const Yielder<(), ()>> = const { Cell::new(std::ptr::null()) };
    /// Those that are suspended.
    static TASKS: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
    static RANDOM: Cell<u32> = const { Cell::new(1) };
}

fn random(below: u32) -> u32 {
    RANDOM.set(
        RANDOM
            .get()
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223),
    );
    (RANDOM.get() >> 16) % below
}

fn suspend() {
    let own = YIELDER.get();
    // SAFETY: it is set while its coroutine runs, by its body and below, and on its stack.
    if let Some(yielder) = unsafe { own.as_ref() } {
        yielder.suspend(());
        YIELDER.set(own);
    }
}

fn resume(mut task: Task) {
    let outer = YIELDER.replace(std::ptr::null());
    let result = task.resume(());
    YIELDER.set(outer);
    if matches!(result, CoroutineResult::Yield(())) {
        TASKS.with_borrow_mut(|tasks| tasks.push(task));
    }
}

#[derive(Default)]
struct Counts {
    made: Cell<u32>,
    dropped: Cell<u32>,
    fired: Cell<u32>,
}

fn add(count: &Cell<u32>) {
    count.set(count.get() + 1);
}

/// Suspends the coroutine in which it is dropped, or goes on with another.
#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node {
    /// Dies with this one.
    _next: Option<Strong<Node>>,
    counts: Rc<Counts>,
}

impl Drop for Node {
    fn drop(&mut self) {
        add(&self.counts.dropped);
        match random(8) {
            0 => suspend(),
            1 => {
                let task = TASKS.with_borrow_mut(|tasks| {
                    let last = tasks.len().checked_sub(1)?;
                    let at = random(u32::try_from(tasks.len()).unwrap()) as usize;
                    tasks.swap(at, last);
                    tasks.pop()
                });
                task.into_iter().for_each(resume);
            }
            _ => {}
        }
    }
}

/// A chain of which each has a callback.
fn chain(length: u32, counts: &Rc<Counts>, callbacks: &mut Vec<CallbackRef<Node>>) -> Strong<Node> {
    let mut next = None;
    for _ in 0..length {
        add(&counts.made);
        let node = Strong::new(Node {
            _next: next.take(),
            counts: Rc::clone(counts),
        });
        let counts = Rc::clone(counts);
        callbacks.push(WeakRef::with_callback(&node, move |_| add(&counts.fired)));
        next = Some(node);
    }
    next.expect("it has a length")
}

/// On stacks that are so small that several are as near to each other as a stack of this size would be long, so that deaths
/// nest across them; those of the thread's own stack are too far away, and are queued.
#[test]
fn deaths_end_in_any_order() {
    let counts = Rc::<Counts>::default();
    let mut callbacks = Vec::new();
    let mut list = WeakList::new();
    for round in 0..3_000 {
        let chain = chain(1 + random(4), &counts, &mut callbacks);
        list.push(&chain);
        if round % 4 == 0 {
            drop(chain);
            continue;
        }
        let stack = DefaultStack::new(128 * 1024).expect("there is memory");
        resume(Coroutine::with_stack(stack, move |yielder, ()| {
            YIELDER.set(yielder);
            drop(chain);
        }));
    }
    while let Some(task) = TASKS.with_borrow_mut(Vec::pop) {
        resume(task);
    }
    let made = counts.made.get();
    assert_eq!((counts.dropped.get(), counts.fired.get()), (made, made));
    assert!(list.is_empty());
}
