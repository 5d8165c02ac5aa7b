//! What the shared containers are and are not: `Send`, `Sync`, `Unpin`, unwind safe.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use static_assertions::{assert_impl_all, assert_not_impl_any};
use weakref::{Object, WeakReferenceable};
use weakref_containers::shared::{IdentityWeakSet, Interner, WeakSet, WeakValueMap};

#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
struct Sync(u32);

#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
#[weakref(local)]
struct Local(u32);

#[derive(WeakReferenceable)]
struct NotSync(#[expect(dead_code, reason = "decides `Sync`")] Cell<u32>);

assert_impl_all!(WeakValueMap<u32, Sync>: Send, std::marker::Sync, Unpin, UnwindSafe, RefUnwindSafe);
assert_impl_all!(WeakSet<Sync>: Send, std::marker::Sync, Unpin, UnwindSafe, RefUnwindSafe);
assert_impl_all!(IdentityWeakSet<Sync>: Send, std::marker::Sync, Unpin, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Interner<str>: Send, std::marker::Sync, Unpin, UnwindSafe, RefUnwindSafe);

assert_not_impl_any!(WeakValueMap<u32, Local>: Send, std::marker::Sync);
assert_not_impl_any!(WeakSet<Local>: Send, std::marker::Sync);
assert_not_impl_any!(IdentityWeakSet<Local>: Send, std::marker::Sync);
// Keys are dropped by whoever drops the last handle of a value, and compared by several threads.
assert_not_impl_any!(WeakValueMap<Rc<u32>, Sync>: Send, std::marker::Sync);
assert_not_impl_any!(WeakValueMap<Cell<u32>, Sync>: Send, std::marker::Sync);
// Handles come out on any thread.
assert_not_impl_any!(WeakValueMap<u32, NotSync>: Send, std::marker::Sync);
assert_not_impl_any!(IdentityWeakSet<NotSync>: Send, std::marker::Sync);
assert_not_impl_any!(Interner<Cell<u32>>: Send, std::marker::Sync);
assert_not_impl_any!(Interner<Rc<u32>>: Send, std::marker::Sync);
// The hasher goes with the container.
assert_not_impl_any!(WeakValueMap<u32, Sync, Rc<u32>>: Send, std::marker::Sync);
// Content changes by itself.
assert_not_impl_any!(WeakValueMap<u32, Sync>: std::hash::Hash, PartialOrd);
assert_not_impl_any!(WeakSet<Object<str>>: std::hash::Hash, PartialOrd);

/// A map of local types takes keys of one thread.
#[test]
fn local_maps_take_any_key() {
    let map = WeakValueMap::<Rc<str>, Local>::new();
    let value = weakref::Strong::new(Local(1));
    let key: Rc<str> = "key".into();
    map.insert(Rc::clone(&key), &value);
    assert_eq!((map.get("key").unwrap().0, Rc::strong_count(&key)), (1, 2));
    drop(value);
    assert_eq!(Rc::strong_count(&key), 1);
}
