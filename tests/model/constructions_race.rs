//! R23. A and B want what stands under a key where nothing stands: one makes it, unlocked, and both get
//! it, also if its maker drops it at once. If that one fails, the other makes its own; if C puts
//! something in meanwhile, that is what all get.

use std::hash::{BuildHasherDefault, Hash, Hasher};

use loom::sync::Notify;
use loom::sync::atomic::AtomicBool;
use loom::sync::atomic::Ordering::{Acquire, Release};
use loom::thread;
use std::sync::Arc;
use weakref::__private::Bug;
use weakref::Strong;
use weakref_containers::shared::WeakValueMap;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;
use crate::members::LowBits;

/// That somebody has looked.
struct Look(AtomicBool, Notify);

impl Look {
    fn new() -> Self {
        Self(AtomicBool::new(false), Notify::new())
    }

    fn done(&self) {
        self.0.store(true, Release);
        self.1.notify();
    }

    fn wait(&self) {
        // It may end for nothing.
        while !self.0.load(Acquire) {
            self.1.wait();
        }
    }
}

/// Equal to every other.
#[derive(Default)]
struct Key(Option<Arc<Look>>);

impl PartialEq for Key {
    fn eq(&self, _: &Self) -> bool {
        // What was compared with under the lock is what the call finds.
        if let Some(looks) = &self.0 {
            looks.done();
        }
        true
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(1);
    }
}

type Map = WeakValueMap<Key, Small, BuildHasherDefault<LowBits>>;
type Value = Strong<Small>;

fn value() -> Value {
    Strong::new(Small::new())
}

/// Asks for the value that `make` makes, where another asks from within it, and is about to wait.
/// Returns what both get.
fn while_another_waits(
    map: &Arc<Map>,
    make: impl FnOnce() -> Result<Value, ()>,
    makes: impl FnOnce() -> Value + 'static,
) -> (Result<Value, ()>, thread::JoinHandle<Value>) {
    let mut other = None;
    let ours = map.get_or_try_insert_with(Key::default(), || {
        let (map, looks) = (map.clone(), Arc::new(Look::new()));
        let key = Key(Some(looks.clone()));
        other = Some(thread::spawn(move || map.get_or_insert_with(key, makes)));
        looks.wait();
        make()
    });
    (ours, other.unwrap())
}

scenario!(
    both_ask,
    || {
        let (map, made) = (Arc::<Map>::default(), Arc::new(()));
        let ask = |map: Arc<Map>, made: Arc<()>| {
            map.get_or_insert_with(Key::default(), || {
                std::mem::forget(made);
                value()
            })
        };
        let other = {
            let (map, made) = (map.clone(), made.clone());
            thread::spawn(move || ask(map, made))
        };
        let ours = ask(map.clone(), made.clone());
        let theirs = other.join().unwrap();
        assert!(Strong::ptr_eq(&ours, &theirs));
        assert_eq!(Arc::strong_count(&made), 2, "made once");
        drop((ours, theirs));
        assert_eq!((map.len(), drops()), (0, 1));
    },
    preemptions = Some(3),
    executions = [12_178, 29_075, 1713, 155_093],
    finds = &[(Bug::AnyEdition, EVERY_WAY)]
);

scenario!(
    its_maker_drops_it,
    || {
        let map = Arc::<Map>::default();
        let (ours, other) =
            while_another_waits(&map, || Ok(value()), || unreachable!("it is being made"));
        drop(ours);
        let theirs = other.join().unwrap();
        theirs.read();
        assert!(Strong::ptr_eq(&map.get(&Key::default()).unwrap(), &theirs));
        drop(theirs);
        assert_eq!((map.len(), drops()), (0, 1));
    },
    preemptions = Some(3),
    executions = [617, 617, 267, 687],
    finds = &[(Bug::LandingNotKept, EVERY_WAY)]
);

scenario!(
    its_maker_fails,
    || {
        let map = Arc::<Map>::default();
        let (ours, other) = while_another_waits(&map, || Err(()), value);
        assert!(ours.is_err());
        let theirs = other.join().unwrap();
        assert!(Strong::ptr_eq(&map.get(&Key::default()).unwrap(), &theirs));
        drop(theirs);
        assert_eq!((map.len(), drops()), (0, 1));
    },
    preemptions = Some(3),
    executions = [5231, 5231, 870, 18_467],
    finds = &[(Bug::FailureNotTold, EVERY_WAY)]
);

scenario!(
    another_is_put_in,
    || {
        let (map, new) = (Arc::<Map>::default(), value());
        let mut other = None;
        let ours = map.get_or_insert_with(Key::default(), || {
            let (map, new) = (map.clone(), new.clone());
            other = Some(thread::spawn(move || map.insert(Key::default(), &new)));
            value()
        });
        let replaced = other.unwrap().join().unwrap();
        assert!(Strong::ptr_eq(&map.get(&Key::default()).unwrap(), &new));
        // It came before the other, or after.
        let expected = replaced.as_ref().unwrap_or(&new);
        assert!(Strong::ptr_eq(&ours, expected));
        drop((ours, replaced, new));
        assert_eq!((map.len(), drops()), (0, 2));
    },
    preemptions = Some(3),
    executions = [7123, 14_590, 975, 61_993],
    finds = &[(Bug::NotOvertaken, EVERY_WAY)]
);
