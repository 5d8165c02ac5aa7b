//! What the containers are and are not: `Send`, `Sync`, `Unpin`, unwind safe, covariant in what they own.

use std::cell::Cell;
use std::hash::Hash;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use static_assertions::{assert_impl_all, assert_not_impl_any};
use weakref::{FinalizerSafe, Strong, WeakRef, WeakReferenceable};
use weakref_containers::{
    IdentityWeakKeyMap, IdentityWeakSet, WeakKeyMap, WeakList, WeakPairMap, WeakSet,
    WeakValueBTreeMap, WeakValueMap, shared,
};

#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
struct Sync(u32);

#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
#[weakref(local)]
struct Local(u32);

#[derive(WeakReferenceable)]
struct NotSync(#[expect(dead_code, reason = "decides `Sync`")] Cell<u32>);

type NoState = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;

assert_impl_all!(WeakValueMap<u32, Sync>: Send, std::marker::Sync, Unpin, UnwindSafe, RefUnwindSafe);
assert_impl_all!(WeakKeyMap<Sync, u32>: Send, std::marker::Sync, Unpin, UnwindSafe, RefUnwindSafe);
assert_impl_all!(WeakPairMap<Sync, Sync>: Send, std::marker::Sync, Unpin, UnwindSafe, RefUnwindSafe);
assert_impl_all!(WeakSet<Sync>: Send, std::marker::Sync, Unpin, UnwindSafe, RefUnwindSafe);
assert_impl_all!(IdentityWeakSet<Sync>: Send, std::marker::Sync);
assert_impl_all!(WeakList<Sync>: Send, std::marker::Sync);
assert_impl_all!(WeakKeyMap<Sync, Cell<u32>>: Send);

assert_not_impl_any!(WeakValueMap<u32, Local>: Send, std::marker::Sync);
assert_not_impl_any!(WeakKeyMap<Local, u32>: Send, std::marker::Sync);
assert_not_impl_any!(WeakPairMap<Sync, Local>: Send, std::marker::Sync);
assert_not_impl_any!(WeakPairMap<Local, Sync>: Send, std::marker::Sync);
assert_not_impl_any!(WeakSet<Local>: Send, std::marker::Sync);
assert_not_impl_any!(WeakList<Local>: Send, std::marker::Sync);
assert_not_impl_any!(WeakValueMap<Rc<u32>, Sync>: Send, std::marker::Sync);
assert_not_impl_any!(WeakValueMap<u32, NotSync>: Send, std::marker::Sync);
assert_not_impl_any!(WeakKeyMap<Sync, Cell<u32>>: std::marker::Sync);
// They own no handle but by what they are given.
assert_impl_all!(WeakValueMap<String, Local, NoState>: FinalizerSafe);
assert_impl_all!(WeakValueBTreeMap<u32, Local>: FinalizerSafe);
assert_impl_all!(WeakKeyMap<Sync, u32>: FinalizerSafe);
assert_impl_all!(WeakPairMap<Sync, Local>: FinalizerSafe);
assert_impl_all!(IdentityWeakSet<Sync>: FinalizerSafe);
assert_impl_all!(WeakList<Local>: FinalizerSafe);
assert_impl_all!(shared::WeakKeyMap<Sync, WeakRef<Sync>>: FinalizerSafe);
assert_impl_all!(shared::WeakPairMap<Sync, Sync>: FinalizerSafe);
assert_impl_all!(shared::WeakSet<Sync>: FinalizerSafe);
assert_not_impl_any!(WeakValueMap<u32, Sync, Strong<Sync>>: FinalizerSafe);
assert_not_impl_any!(WeakKeyMap<Sync, u32, Strong<Sync>>: FinalizerSafe);
assert_not_impl_any!(WeakPairMap<Sync, Sync, Strong<Sync>>: FinalizerSafe);
assert_not_impl_any!(IdentityWeakSet<Sync, Strong<Sync>>: FinalizerSafe);
assert_not_impl_any!(shared::WeakKeyMap<Sync, u32, Strong<Sync>>: FinalizerSafe);
assert_not_impl_any!(shared::WeakPairMap<Sync, Sync, Strong<Sync>>: FinalizerSafe);
assert_not_impl_any!(shared::WeakSet<Sync, Strong<Sync>>: FinalizerSafe);
assert_not_impl_any!(WeakValueMap<Strong<Sync>, Sync>: FinalizerSafe);
assert_not_impl_any!(WeakKeyMap<Sync, Strong<Sync>>: FinalizerSafe);
assert_not_impl_any!(WeakValueBTreeMap<Strong<Sync>, Sync>: FinalizerSafe);
assert_not_impl_any!(shared::WeakKeyMap<Sync, Strong<Sync>>: FinalizerSafe);
// A strong tier owns members.
assert_not_impl_any!(shared::WeakValueMap<u32, Sync>: FinalizerSafe);
assert_not_impl_any!(shared::Interner<Sync>: FinalizerSafe);
// Content changes by itself.
assert_not_impl_any!(WeakSet<Sync>: Hash, PartialOrd);
assert_not_impl_any!(WeakKeyMap<Sync, u32>: Hash);
assert_not_impl_any!(IdentityWeakKeyMap<Sync, u32>: Hash);

#[test]
fn tables_are_as_small_as_their_parts() {
    // A table of three words and a graveyard of three for each watched side, where `pop` looked, and what was evicted.
    let word = size_of::<usize>();
    assert!(size_of::<WeakValueMap<u32, Sync, NoState>>() <= 9 * word);
    assert!(size_of::<WeakPairMap<Sync, Sync, NoState>>() <= 13 * word);
}

#[test]
fn owned_sides_are_covariant() {
    fn values<'a>(map: WeakValueMap<&'static str, Sync>) -> WeakValueMap<&'a str, Sync> {
        map
    }
    fn keys<'a>(map: WeakKeyMap<Sync, &'static str>) -> WeakKeyMap<Sync, &'a str> {
        map
    }
    assert!(values(WeakValueMap::new()).is_empty() && keys(WeakKeyMap::new()).is_empty());
}
