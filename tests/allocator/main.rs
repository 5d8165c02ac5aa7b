//! The allocator may be code that uses the library, as those that trace or profile are: in the middle of any call it drops
//! handles, makes them, and asks containers. Whatever it does, the call does what it says, and nothing is lost.

#[cfg(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64"))]
mod coroutines;

use std::alloc::{GlobalAlloc, Layout};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use weakref::watch::Group;
use weakref::{
    CallbackRef, LocalSlot, Object, SendWeak, Strong, SyncSlot, WeakCell, WeakRef,
    WeakReferenceable, finalize_with,
};
use weakref_containers::{WeakKeyMap, WeakList, WeakSet, WeakValueBTreeMap, WeakValueMap, shared};
use weakref_tests::calling::{at_each, called};
use weakref_tests::counting::CountingAllocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator(CountingAllocator);

struct Allocator(CountingAllocator);

// SAFETY: forwards to an allocator with the arguments that came.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        GIVES.set(true);
        called();
        // SAFETY: the caller's promise is the one that is needed.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        GIVES.set(false);
        called();
        // SAFETY: as above.
        unsafe { self.0.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        GIVES.set(true);
        called();
        // SAFETY: as above.
        unsafe { self.0.realloc(block, layout, size) }
    }
}

thread_local! {
    /// What the allocator drops, one at a time.
    static BAG: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
    /// Whether the allocator is asked for memory, and does not get it back.
    static GIVES: Cell<bool> = const { Cell::new(false) };
    /// Objects of this thread that live.
    static LIVE: Cell<usize> = const { Cell::new(0) };
}

fn drop_one() {
    let one = BAG.with(|bag| bag.try_borrow_mut().ok()?.pop());
    drop(one);
}

/// Counts itself, and may hold anything.
struct Counted(#[expect(dead_code, reason = "it is dropped with this")] Box<dyn Any>);

impl Counted {
    fn new(holds: impl Any) -> Self {
        LIVE.set(LIVE.get() + 1);
        Self(Box::new(holds))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
    }
}

/// An object of this thread.
struct Mine(#[expect(dead_code, reason = "counts")] Counted);

impl WeakReferenceable for Mine {
    type Slot = LocalSlot;
}

/// One that could be anybody's, but for what it holds.
struct Anybodys(#[expect(dead_code, reason = "counts")] Counted);

impl WeakReferenceable for Anybodys {
    type Slot = SyncSlot;
}

/// A name in shared containers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name(u32);

impl WeakReferenceable for Name {
    type Slot = SyncSlot;
}

fn mine() -> Strong<Mine> {
    Strong::new(Mine(Counted::new(())))
}

/// Fills the bag with one handle of each way to be known: with a callback, a finalizer, in containers, and as a chain.
fn fill(rounds: usize) {
    for _ in 0..rounds {
        let plain = mine();
        let called: (Strong<Mine>, CallbackRef<Mine>) = {
            let object = mine();
            let callback = WeakRef::with_callback(&object, |_| drop(mine()));
            (object, callback)
        };
        let ended = mine();
        finalize_with(&ended, |()| drop(mine()), ());
        let listed = mine();
        let list: WeakList<Mine> = [&listed].into_iter().collect();
        let shared = Strong::new(Anybodys(Counted::new(mine())));
        let sent = SendWeak::new(&plain);
        let chain = (0..20).fold(mine(), |next, _| Strong::new(Mine(Counted::new(next))));
        BAG.with_borrow_mut(|bag| {
            bag.extend([
                Box::new(sent) as Box<dyn Any>,
                Box::new(plain),
                Box::new(called),
                Box::new(ended),
                Box::new((listed, list)),
                Box::new(shared),
                Box::new(chain),
            ]);
        });
    }
}

/// Runs `body` while the allocator drops what is in the bag; says whether it came to drop something.
fn beside<R>(rounds: usize, body: impl FnOnce() -> R) -> R {
    assert_eq!(LIVE.get(), 0);
    fill(rounds);
    let before = BAG.with_borrow(Vec::len);
    let result = at_each(drop_one, body);
    let after = BAG.with_borrow(Vec::len);
    assert!(after < before, "the allocator was not called");
    BAG.take();
    result
}

/// Fails if `body` does not end: it waits for itself.
fn ends(body: impl FnOnce() + Send + 'static) {
    let (sender, ended) = mpsc::channel();
    let thread = thread::spawn(move || {
        body();
        let _ = sender.send(());
    });
    match ended.recv_timeout(Duration::from_mins(1)) {
        Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => thread.join().unwrap(),
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it does not end"),
    }
}

/// The queue of deaths grows while the allocator drops handles, whose deaths are queued too.
#[test]
fn chains_die() {
    let link = |inner: Box<dyn Any>| Strong::new(Mine(Counted::new(inner)));
    let length = if cfg!(miri) { 300 } else { 5_000 };
    let mut chain = link(Box::new(()));
    for _ in 0..length {
        let beside: Vec<_> = (0..5).map(|_| link(Box::new(()))).collect();
        chain = link(Box::new((beside, chain)));
    }
    let others = LIVE.replace(0);
    fill(10);
    LIVE.set(LIVE.get() + others);
    let before = BAG.with_borrow(Vec::len);
    let drop_one_when_asked = || {
        if GIVES.get() {
            drop_one();
        }
    };
    at_each(drop_one_when_asked, || drop(chain));
    assert!(BAG.take().len() < before, "the queue grew");
    assert_eq!(LIVE.get(), 0);
}

#[test]
fn objects_are_made_and_die() {
    beside(20, || {
        for _ in 0..20 {
            let object = mine();
            let weak = Strong::downgrade(&object);
            let callbacks: Vec<_> = (0..3)
                .map(|_| WeakRef::with_callback(&object, |_| drop(mine())))
                .collect();
            let finalizers: Vec<_> = (0..3)
                .map(|_| finalize_with(&object, |()| drop(mine()), ()))
                .collect();
            assert_eq!(Strong::finalizers(&object).len(), 3);
            assert!(Strong::weak_refs(&object).contains(&weak));
            finalizers[0].call();
            let made = Strong::new_cyclic(|this| Mine(Counted::new(WeakRef::clone(this))));
            drop(object);
            assert!(weak.upgrade().is_none());
            assert!(finalizers.iter().all(|finalizer| !finalizer.is_alive()));
            drop((callbacks, made));
        }
    });
    assert_eq!(LIVE.get(), 0);
}

#[test]
fn containers_are_filled_and_emptied() {
    beside(60, || {
        let mut values: WeakValueMap<u32, Mine> = WeakValueMap::new();
        let mut ordered: WeakValueBTreeMap<u32, Mine> = WeakValueBTreeMap::new();
        let mut keys: WeakKeyMap<Name, u32> = WeakKeyMap::new();
        let mut set: WeakSet<Name> = WeakSet::new();
        let mut list: WeakList<Mine> = WeakList::new();
        let objects: Vec<_> = (0..30).map(|_| mine()).collect();
        let names: Vec<_> = (0..30).map(|number| Strong::new(Name(number))).collect();
        for (number, (object, name)) in (0..).zip(objects.iter().zip(&names)) {
            values.insert(number, object);
            ordered.insert(number, object);
            keys.insert(name, number);
            set.insert(name);
            list.push(object);
        }
        assert_eq!((values.len(), ordered.len(), list.len()), (30, 30, 30));
        assert!(
            (0..30).all(|number| values.contains_key(&number) && ordered.contains_key(&number))
        );
        assert!((0..30).all(|number| keys.get(&Name(number)) == Some(&number)));
        drop(objects);
        values.purge();
        ordered.purge();
        list.purge();
        assert_eq!(
            (values.len(), ordered.len(), list.len(), set.len()),
            (0, 0, 0, 30)
        );
        drop(names);
        assert_eq!((keys.len(), set.len()), (0, 0));
    });
    assert_eq!(LIVE.get(), 0);
}

#[test]
fn shared_containers_are_filled_and_emptied() {
    ends(|| {
        beside(60, || {
            let values: shared::WeakValueMap<u32, Object<Name>> = shared::WeakValueMap::new();
            let names: shared::Interner<Name> = shared::Interner::new();
            let kept: Vec<_> = (0..40)
                .map(|number| {
                    let name = names.intern(&Name(number));
                    values.get_or_insert_with(number, || name.clone());
                    name
                })
                .collect();
            assert_eq!((values.len(), names.len()), (40, 40));
            assert!((0..40).all(|number| {
                values
                    .get(&number)
                    .is_some_and(|name| name.0 == Name(number))
            }));
            drop(kept);
            assert_eq!((values.len(), names.len()), (0, 0));
        });
    });
}

/// What is buried within a comparison is dropped when the thread reads nothing any more.
#[test]
fn what_is_owed_is_dropped_outside_of_reads() {
    thread_local! {
        static WITHIN: Cell<u32> = const { Cell::new(0) };
        static DROPPED: Cell<u32> = const { Cell::new(0) };
        static ASKED: Cell<bool> = const { Cell::new(true) };
    }
    struct Key(u32);
    impl Drop for Key {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get() + 1);
            WITHIN.set(WITHIN.get() + u32::from(Group::is_any_read_here()));
        }
    }
    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            if !ASKED.replace(true) {
                at_each(drop_one, drop_one);
            }
            self.0 == other.0
        }
    }
    impl Eq for Key {}
    impl std::hash::Hash for Key {
        fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
    }

    let map = shared::WeakValueMap::<Key, Name>::new();
    let other = shared::WeakValueMap::<Key, Name>::new();
    let kept = Strong::new(Name(0));
    map.insert(Key(100), &kept);
    for number in 0..10 {
        let value = Strong::new(Name(number));
        other.insert(Key(number), &value);
        BAG.with_borrow_mut(|bag| bag.push(Box::new(value)));
    }
    ASKED.set(false);
    assert!(map.get(&Key(200)).is_none());
    let left = u32::try_from(BAG.take().len()).unwrap();
    assert!(left < 9, "the allocator dropped some, too");
    assert_eq!(WITHIN.get(), 0);
    // The 10, and the key that was asked for.
    assert_eq!(DROPPED.get(), 11);
    drop(map);
    assert_eq!(DROPPED.get(), 12);
}

#[test]
fn references_travel() {
    /// What the allocator of the other thread drops.
    static ABROAD: Mutex<Vec<SendWeak<Mine>>> = Mutex::new(Vec::new());
    fn abroad() -> std::sync::MutexGuard<'static, Vec<SendWeak<Mine>>> {
        ABROAD.lock().unwrap_or_else(PoisonError::into_inner)
    }
    ends(|| {
        let object = mine();
        let sent: Vec<_> = (0..50).map(|_| SendWeak::new(&object)).collect();
        abroad().extend((0..50).map(|_| SendWeak::new(&object)));
        thread::spawn(move || {
            let drop_one = || {
                let one = ABROAD.try_lock().ok().and_then(|mut all| all.pop());
                drop(one);
            };
            at_each(drop_one, || drop(sent));
        })
        .join()
        .unwrap();
        abroad().clear();
        drop(object);
        assert_eq!(LIVE.get(), 0);

        // At home: others are made, asked and dropped while the table grows.
        thread_local! {
            static OBJECT: RefCell<Option<Strong<Mine>>> = const { RefCell::new(None) };
        }
        OBJECT.set(Some(mine()));
        let use_others = || {
            if let Some(object) = OBJECT.with_borrow(Clone::clone) {
                let reference = SendWeak::new(&object);
                assert!(reference.upgrade().is_some());
            }
        };
        let object = mine();
        at_each(use_others, || {
            let sent: Vec<_> = (0..50).map(|_| SendWeak::new(&object)).collect();
            assert!(sent.iter().all(|reference| reference.upgrade().is_some()));
            drop(sent);
        });
        let last = OBJECT.take();
        drop((object, last));
        assert_eq!(LIVE.get(), 0);
    });
}

/// What comes back while a thread makes room for more is not forgotten.
#[test]
fn references_return_meanwhile() {
    thread_local! {
        static GOES: RefCell<Option<SendWeak<Mine>>> = const { RefCell::new(None) };
        /// So many calls of the allocator before that.
        static CALLS: Cell<usize> = const { Cell::new(0) };
    }
    fn send_one() {
        let left = CALLS.get().checked_sub(1);
        CALLS.set(left.unwrap_or(0));
        if left.is_none()
            && let Some(one) = GOES.take()
        {
            thread::spawn(|| drop(one)).join().unwrap();
        }
    }
    for calls in 0..8 {
        let thread = thread::spawn(move || {
            let object = mine();
            // As many as there is room for.
            let mut sent: Vec<_> = (0..8).map(|_| SendWeak::new(&object)).collect();
            CALLS.set(calls);
            GOES.set(sent.pop());
            sent.push(at_each(send_one, || SendWeak::new(&object)));
            drop(GOES.take());
            // What has come back goes when the thread looks.
            sent.push(SendWeak::new(&object));
            assert_eq!(Strong::weak_count(&object), sent.len());
        });
        thread.join().unwrap();
    }
}

/// The allocator makes a reference while a thread makes its first one.
#[test]
fn references_are_made_at_once() {
    thread_local! {
        static OBJECT: Strong<Mine> = mine();
        static MADE: RefCell<Vec<SendWeak<Mine>>> = const { RefCell::new(Vec::new()) };
    }
    fn make_one() {
        let one = OBJECT.with(SendWeak::new);
        MADE.with(|made| made.borrow_mut().push(one));
    }
    OBJECT.with(|object| {
        let reference = at_each(make_one, || SendWeak::new(object));
        let made = MADE.take();
        assert!(!made.is_empty(), "the allocator was not called");
        assert!(made.iter().all(|one| one.upgrade().is_some()));
        assert!(reference.upgrade().is_some());
    });
}

#[test]
fn cells_make_what_they_keep() {
    static CELL: WeakCell<Name> = WeakCell::new();
    fn ask() {
        drop(CELL.get());
    }
    ends(|| {
        let made = CELL.get_or_init(|| Strong::new(Name(1)));
        drop(made);
        for _ in 0..3 {
            let made = at_each(ask, || CELL.get_or_init(|| Strong::new(Name(2))));
            assert_eq!(made.0, 2);
        }
    });
}
