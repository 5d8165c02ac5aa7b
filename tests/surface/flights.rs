//! What runs when a construction begins and ends: drops of keys that use the map themselves.

use std::cell::RefCell;
use std::future::pending;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Barrier, LazyLock};
use std::task::{Context, Waker};
use std::thread;

use weakref::{Object, Strong};
use weakref_containers::shared::WeakValueMap;

/// All keys in one shard, and found by comparing them.
#[derive(Default)]
struct OneHash;

impl Hasher for OneHash {
    fn finish(&self) -> u64 {
        7
    }

    fn write(&mut self, _: &[u8]) {}
}

type Map<K> = WeakValueMap<K, Object<u32>, BuildHasherDefault<OneHash>>;

/// Asks for the common key when it is dropped.
struct Asks(u32);

const COMMON: u32 = 0;
static ASKED: LazyLock<Map<Asks>> = LazyLock::new(Map::default);
static ANSWERS: AtomicU32 = AtomicU32::new(0);

impl PartialEq for Asks {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Asks {}

impl Hash for Asks {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(self.0);
    }
}

impl Drop for Asks {
    fn drop(&mut self) {
        if self.0 != COMMON {
            ASKED.get_or_insert_with(Self(COMMON), || Strong::new(Object(COMMON)));
            ANSWERS.fetch_add(1, Relaxed);
        }
    }
}

#[test]
fn keys_that_ask_for_a_common_one_when_they_are_dropped() {
    let (threads, rounds) = (8, if cfg!(miri) { 3 } else { 20_000 });
    let meet = Barrier::new(threads);
    thread::scope(|scope| {
        for thread in 0..threads {
            let meet = &meet;
            scope.spawn(move || {
                meet.wait();
                for round in 0..rounds {
                    let key = u32::try_from((thread + round) % 3).unwrap();
                    ASKED.get_or_insert_with(Asks(key), || Strong::new(Object(key)));
                }
            });
        }
    });
    assert!(ASKED.is_empty() && ANSWERS.load(Relaxed) > 0);
}

type Task = Pin<Box<dyn Future<Output = Strong<Object<u32>>>>>;

thread_local! {
    static GIVEN_UP: RefCell<Option<Task>> = const { RefCell::new(None) };
}

/// Gives up a task when it is compared.
struct GivesUp(u8, #[expect(dead_code, reason = "counted")] Arc<()>);

impl PartialEq for GivesUp {
    fn eq(&self, other: &Self) -> bool {
        drop(GIVEN_UP.take());
        self.0 == other.0
    }
}

impl Eq for GivesUp {}

impl Hash for GivesUp {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[test]
fn a_comparison_that_gives_up_a_construction_leaves_no_row() {
    static MAP: LazyLock<Map<GivesUp>> = LazyLock::new(Map::default);

    let other = Strong::new(Object(7));
    MAP.insert(GivesUp(1, Arc::new(())), &other);
    let counted = Arc::new(());
    let mut task: Task =
        Box::pin(MAP.get_or_insert_with_async(GivesUp(0, Arc::clone(&counted)), pending));
    let mut context = Context::from_waker(Waker::noop());
    assert!(task.as_mut().poll(&mut context).is_pending());
    assert_eq!(Arc::strong_count(&counted), 2);
    GIVEN_UP.set(Some(task));

    assert!(MAP.get(&GivesUp(0, Arc::new(()))).is_none());
    assert_eq!(Arc::strong_count(&counted), 1, "its key is dropped");
    assert_eq!(MAP.len(), 1);
    let made = MAP.get_or_insert_with(GivesUp(0, Arc::new(())), || Strong::new(Object(1)));
    assert_eq!((made.0, MAP.len()), (1, 2));
    assert_eq!(MAP.get(&GivesUp(1, Arc::new(()))), Some(other));
}
