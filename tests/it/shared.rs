//! The shared containers.
//!
//! Tests named `d30_…` hold the behaviour of that row for weak dictionaries of many threads.

use std::cell::RefCell;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use weakref::Strong;
use weakref_containers::shared::{StrongTier, WeakValueMap};

use crate::support::kind::{Kind, LocalLarge, LocalSmall, Object, SyncLarge, SyncSmall};

mod burials;
mod histories;
mod interner;
mod key_flight;
mod key_map;
mod markers;
mod meanwhile;
pub(crate) mod member;
mod pair_map;
mod re_entrancy;
mod re_entrancy_keys;
mod set;
mod single_flight;
mod single_flight_async;
mod soak;
mod strong_tier;
mod updates;
mod value_map;

/// A kind whose shared containers can be made: both flavours, from one scenario.
trait Shared: Kind {
    fn map_with<Q, P, S>(hasher: S) -> WeakValueMap<Q, Object<Self, P>, S>
    where
        Q: Send + Sync + 'static,
        P: Send + Sync + 'static;

    fn tiered_with<Q, P, S>(
        policy: StrongTier<Object<Self, P>>,
        hasher: S,
    ) -> WeakValueMap<Q, Object<Self, P>, S>
    where
        Q: Send + Sync + 'static,
        P: Send + Sync + 'static;
}

macro_rules! shared {
    ($($kind:ty),*) => {$(
        impl Shared for $kind {
            fn map_with<Q, P, S>(hasher: S) -> WeakValueMap<Q, Object<Self, P>, S>
            where
                Q: Send + Sync + 'static,
                P: Send + Sync + 'static,
            {
                WeakValueMap::with_hasher(hasher)
            }

            fn tiered_with<Q, P, S>(
                policy: StrongTier<Object<Self, P>>,
                hasher: S,
            ) -> WeakValueMap<Q, Object<Self, P>, S>
            where
                Q: Send + Sync + 'static,
                P: Send + Sync + 'static,
            {
                WeakValueMap::with_strong_tier_and_hasher(policy, hasher)
            }
        }
    )*};
}

shared!(LocalSmall, LocalLarge, SyncSmall, SyncLarge);

/// A hasher by which everything collides, and stands in one shard.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OneHash;

impl BuildHasher for OneHash {
    type Hasher = BuildOne;

    fn build_hasher(&self) -> BuildOne {
        BuildOne
    }
}

pub(crate) struct BuildOne;

impl Hasher for BuildOne {
    fn finish(&self) -> u64 {
        7
    }

    fn write(&mut self, _: &[u8]) {}
}

/// A hasher that is the same in every run.
pub(crate) type SameHash = BuildHasherDefault<DefaultHasher>;

pub(crate) type Map<K, S = OneHash> = WeakValueMap<Key, Object<K, Payload>, S>;

/// Counts the marks that are alive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Arc<Mark>);

/// Counted by a [`Tally`].
#[derive(Clone, Debug, Default)]
struct Mark(Arc<()>);

impl Tally {
    pub(crate) fn alive(&self) -> usize {
        Arc::strong_count(&self.0.0) - 1
    }

    fn mark(&self) -> Mark {
        Mark::clone(&self.0)
    }
}

/// A key whose `Hash`, `Eq`, `Clone` and `Drop` first do what [`during`] says on this thread.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) id: u32,
    mark: Mark,
}

/// What a value is, or holds: its `Clone` and `Drop` first do what [`during`] says.
#[derive(Debug)]
pub(crate) struct Payload {
    pub(crate) id: u32,
    mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum On {
    Hash,
    Eq,
    Clone,
    KeyDrop,
    ValueDrop,
    Weigh,
}

thread_local! {
    static HOOKS: RefCell<Vec<Hook>> = const { RefCell::new(Vec::new()) };
}

#[derive(Clone)]
struct Hook {
    on: On,
    action: Rc<dyn Fn()>,
}

/// Runs `body` while `action` runs on each `on` of this thread, but on those from within an action.
pub(crate) fn during<R>(on: On, action: impl Fn() + 'static, body: impl FnOnce() -> R) -> R {
    let action = Rc::new(action);
    let mut hooks = HOOKS.with_borrow(Vec::clone);
    hooks.push(Hook { on, action });
    let _reset = Hook::set(hooks);
    body()
}

impl Hook {
    /// Until what it returns is dropped.
    fn set(hooks: Vec<Self>) -> impl Drop {
        struct Reset(Vec<Hook>);
        impl Drop for Reset {
            fn drop(&mut self) {
                HOOKS.replace(std::mem::take(&mut self.0));
            }
        }
        Reset(HOOKS.replace(hooks))
    }

    fn run(on: On) {
        let find = |hooks: &Vec<Self>| hooks.iter().rfind(|hook| hook.on == on).cloned();
        let Some(hook) = HOOKS.with_borrow(find) else {
            return;
        };
        let _off = Self::set(Vec::new());
        (hook.action)();
    }
}

impl Key {
    pub(crate) fn new(id: u32, tally: &Tally) -> Self {
        Self {
            id,
            mark: tally.mark(),
        }
    }

    /// One to look up by.
    pub(crate) fn of(id: u32) -> Self {
        Self::new(id, &Tally::default())
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Hook::run(On::Hash);
        self.id.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        Hook::run(On::Eq);
        self.id == other.id
    }
}

impl Eq for Key {}

impl Clone for Key {
    fn clone(&self) -> Self {
        Hook::run(On::Clone);
        Self {
            id: self.id,
            mark: self.mark.clone(),
        }
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        Hook::run(On::KeyDrop);
    }
}

impl Payload {
    pub(crate) fn new(id: u32, tally: &Tally) -> Self {
        Self {
            id,
            mark: tally.mark(),
        }
    }
}

impl Clone for Payload {
    fn clone(&self) -> Self {
        Hook::run(On::Clone);
        Self {
            id: self.id,
            mark: self.mark.clone(),
        }
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        Hook::run(On::ValueDrop);
    }
}

pub(crate) fn value<K: Kind>(id: u32) -> Strong<Object<K, Payload>> {
    counted(id, &Tally::default())
}

pub(crate) fn counted<K: Kind>(id: u32, tally: &Tally) -> Strong<Object<K, Payload>> {
    Object::strong(Payload::new(id, tally))
}

/// What lives in a map, by id.
fn content<K: Kind, S: BuildHasher>(map: &Map<K, S>) -> Vec<(u32, u32)> {
    let mut content: Vec<_> = map.iter().map(|(key, value)| (key.id, value.id)).collect();
    content.sort_unstable();
    content
}
