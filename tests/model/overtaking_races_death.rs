//! R23. A puts a value in the place of one that is being made, for which a task waits, while B kills what stands beside
//! it. What A buries then goes after the task was woken: its drop may wait for that.

use std::future::pending;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::atomic::AtomicBool;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;
use weakref_containers::shared::WeakValueMap;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;
use crate::members::LowBits;

type Map = WeakValueMap<Key, Small, BuildHasherDefault<LowBits>>;

/// Whether the task was woken.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

/// All have one hash.
struct Key(u32, #[expect(dead_code, reason = "dropped")] Option<Looks>);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(1);
    }
}

/// Looks in its drop whether the task was woken, if A drops it once the new value stands.
struct Looks {
    map: Weak<Map>,
    woken: Arc<Woken>,
    a: thread::ThreadId,
}

impl Drop for Looks {
    fn drop(&mut self) {
        let map = self
            .map
            .upgrade()
            .filter(|_| thread::current().id() == self.a);
        if map.is_some_and(|map| map.get(&Key(1, None)).is_some()) {
            assert!(self.woken.0.load(Relaxed), "buried before a task was woken");
        }
    }
}

scenario!(
    insertion,
    || {
        let map = Arc::<Map>::default();
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let [new, beside] = [(); 2].map(|()| Strong::new(Small::new()));
        let looks = Looks {
            map: Arc::downgrade(&map),
            woken: woken.clone(),
            a: thread::current().id(),
        };
        map.insert(Key(2, Some(looks)), &beside);
        {
            let makes = map.get_or_insert_with_async(Key(1, None), pending::<Strong<Small>>);
            let mut makes = pin!(makes);
            let polled = makes.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            let waits = map.get_or_insert_with_async(Key(1, None), pending::<Strong<Small>>);
            let mut waits = pin!(waits);
            let waker = woken.clone().into();
            assert!(
                waits
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            let b = thread::spawn(move || drop(beside));
            assert!(map.insert(Key(1, None), &new).is_none());
            b.join().unwrap();
            assert!(woken.0.load(Relaxed));
            let given = waits.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(matches!(given, Poll::Ready(given) if Strong::ptr_eq(&given, &new)));
        }
        drop(new);
        assert_eq!((map.len(), drops()), (0, 2));
    },
    preemptions = Some(3),
    executions = [14_318, 7036, 732, 36_714],
    finds = &[(Bug::SettlesBeforeWaking, EVERY_WAY)]
);
