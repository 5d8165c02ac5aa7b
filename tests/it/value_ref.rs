//! `ValueRef`: Python's equality and hash (the rows R43 and R45 of `BEHAVIOURS.md`), and a reference type of a user's own.

use std::cell::Cell;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use static_assertions::{assert_impl_all, assert_not_impl_any};
use weakref::{
    LocalObject, Object, ObjectId, ReferenceError, Strong, ValueRef, WeakRef, WeakReference,
    WeakReferenceable,
};

assert_impl_all!(ValueRef<Object<u8>>: Send, Sync, Unpin, std::panic::UnwindSafe, weakref::FinalizerSafe);
assert_impl_all!(ValueRef<Object<f64>>: PartialEq);
assert_not_impl_any!(ValueRef<Object<f64>>: Eq, Hash);
assert_not_impl_any!(ValueRef<Object<u8>>: PartialOrd);
assert_not_impl_any!(ValueRef<LocalObject<u8>>: Send, Sync);

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn r43_live_references_are_equal_as_their_objects_and_dead_ones_by_identity() {
    let (a, b, c) = (
        Strong::new(Object(1)),
        Strong::new(Object(1)),
        Strong::new(Object(2)),
    );
    let (to_a, also_to_a) = (ValueRef::new(&a), ValueRef::new(&a));
    let (to_b, to_c) = (ValueRef::new(&b), ValueRef::new(&c));
    assert_eq!(to_a, to_b);
    assert_eq!(to_a, also_to_a);
    assert_ne!(to_a, to_c);

    drop(a);
    assert_ne!(to_a, to_b, "one of them is dead");
    assert_ne!(to_b, to_a);
    assert_eq!(to_a, also_to_a, "dead, of one object");
    drop(b);
    assert_ne!(to_a, to_b, "both are dead");
    assert_eq!(to_a, to_a.clone());
}

#[test]
fn equality_asks_the_objects_even_about_themselves() {
    let odd = Strong::new(Object(f64::NAN));
    let reference = ValueRef::new(&odd);
    assert_ne!(reference, reference.clone());
    drop(odd);
    assert_eq!(reference, reference.clone());
}

#[test]
fn r45_the_hash_is_that_of_the_object_and_is_kept() {
    let (a, b) = (Strong::new(Object("key")), Strong::new(Object("key")));
    let (asked, never_asked, to_b) = (ValueRef::new(&a), ValueRef::new(&a), ValueRef::new(&b));
    let hash = asked.try_hash();
    assert_eq!(hash, to_b.try_hash());
    assert_eq!(hash_of(&asked), hash_of(&to_b));
    let fed = hash_of(&asked);

    let asked_clone = asked.clone();
    drop(a);
    assert_eq!(asked.try_hash(), hash);
    assert_eq!(asked_clone.try_hash(), hash, "the clone knows it too");
    assert_eq!(hash_of(&asked), fed);
    assert_eq!(never_asked.try_hash(), Err(ReferenceError));
    assert_eq!(
        never_asked.try_hash(),
        Err(ReferenceError),
        "and stays unknown"
    );
}

#[test]
fn hashing_first_after_death_panics_with_the_reason() {
    let object = Strong::new(Object(1));
    let reference = ValueRef::new(&object);
    drop(object);
    let payload = catch_unwind(AssertUnwindSafe(|| hash_of(&reference))).unwrap_err();
    assert_eq!(
        *payload.downcast::<String>().unwrap(),
        "weakref: a `ValueRef` was first hashed after death: weakly-referenced object of type Object<i32> no longer exists"
    );
}

#[test]
fn the_object_is_hashed_once() {
    struct Counted(Cell<u32>);
    impl Hash for Counted {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.set(self.0.get() + 1);
            state.write_u8(1);
        }
    }
    let object = Strong::new(LocalObject(Counted(Cell::new(0))));
    let reference = ValueRef::new(&object);
    assert_eq!(reference.try_hash(), reference.try_hash());
    assert_eq!(object.0.0.get(), 1);
}

#[test]
fn an_object_may_die_while_it_compares_or_hashes_itself() {
    /// Drops the handle that it is given to.
    struct Suicidal(Cell<Option<Strong<LocalObject<Suicidal>>>>, Rc<Cell<bool>>);
    impl Suicidal {
        fn let_go(&self) {
            drop(self.0.take());
            assert!(!self.1.get(), "valid until the call returns");
        }
    }
    impl PartialEq for Suicidal {
        fn eq(&self, _: &Self) -> bool {
            self.let_go();
            true
        }
    }
    impl Hash for Suicidal {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.let_go();
            state.write_u8(1);
        }
    }
    impl Drop for Suicidal {
        fn drop(&mut self) {
            self.1.set(true);
        }
    }
    let new = || {
        let dropped = Rc::new(Cell::new(false));
        let object = Strong::new(LocalObject(Suicidal(Cell::new(None), Rc::clone(&dropped))));
        let reference = ValueRef::new(&object);
        let weak = Strong::downgrade(&object);
        weak.upgrade().unwrap().0.0.set(Some(object));
        (reference, dropped)
    };

    let (reference, dropped) = new();
    assert!(reference == reference.clone());
    assert!(dropped.get());

    let (reference, dropped) = new();
    assert!(reference.try_hash().is_ok());
    assert!(dropped.get());
}

#[test]
#[expect(
    clippy::mutable_key_type,
    reason = "only the kept hash changes, from unknown to known"
)]
fn references_to_equal_objects_are_one_key() {
    let (a, b) = (Strong::new(Object(1)), Strong::new(Object(1)));
    let mut set = HashSet::from([ValueRef::new(&a)]);
    assert!(set.contains(&ValueRef::new(&b)));
    assert!(!set.insert(ValueRef::new(&b)));
    let kept = set.iter().next().unwrap().clone();
    drop(a);
    assert!(set.contains(&kept), "found by the kept hash and identity");
    assert!(!set.contains(&ValueRef::new(&b)));
}

#[test]
fn it_is_a_weak_reference_in_all_else() {
    let object = Strong::new(Object(1));
    let reference = ValueRef::from(&object);
    assert_eq!(reference.id(), Strong::id(&object));
    assert!(reference.upgrade().is_some() && reference.is_alive());
    assert_eq!(Strong::weak_count(&object), 1);
    assert_eq!(*reference, WeakRef::of(&object), "derefs to one");
    let text = format!("{reference:?}");
    assert!(
        text.starts_with("<ValueRef at 0x") && text.contains("; to Object<i32> at 0x"),
        "{text}"
    );
    let from_weak = ValueRef::from(Strong::downgrade(&object));
    assert_eq!(from_weak, reference);
    drop(object);
    assert!(reference.upgrade().is_none() && !reference.is_alive());
    let text = format!("{reference:?}");
    assert!(text.ends_with("; dead>"), "{text}");
}

/// The tutorials' subclass of a reference: counts its calls and carries attributes. Rows S01 to S03.
struct Extended<T: ?Sized + WeakReferenceable> {
    weak: WeakRef<T>,
    calls: Cell<u32>,
    note: &'static str,
}

impl<T: ?Sized + WeakReferenceable> Extended<T> {
    fn new(strong: &Strong<T>, note: &'static str) -> Self {
        Self {
            weak: Strong::downgrade(strong),
            calls: Cell::new(0),
            note,
        }
    }

    /// What the tutorial's `__call__` returns.
    fn get(&self) -> Option<(Strong<T>, u32)> {
        Some((self.upgrade()?, self.calls.get()))
    }
}

impl<T: ?Sized + WeakReferenceable> WeakReference for Extended<T> {
    type Referent = T;

    fn upgrade(&self) -> Option<Strong<T>> {
        let strong = self.weak.upgrade()?;
        self.calls.set(self.calls.get() + 1);
        Some(strong)
    }

    fn id(&self) -> ObjectId {
        self.weak.id()
    }

    fn is_alive(&self) -> bool {
        self.weak.is_alive()
    }
}

#[test]
fn a_reference_type_of_a_users_own_counts_and_annotates() {
    fn alive<R: WeakReference>(references: &[R]) -> usize {
        references
            .iter()
            .filter(|reference| reference.is_alive())
            .count()
    }

    let text: Strong<Object<str>> = "extended".into();
    let references = [
        Extended::new(&text, "first"),
        Extended::new(&text, "second"),
    ];
    assert_eq!(alive(&references), 2);
    let (strong, calls) = references[0].get().unwrap();
    assert!(Strong::ptr_eq(&strong, &text));
    assert_eq!(calls, 1);
    assert_eq!(references[0].get().unwrap().1, 2);
    assert_eq!(
        (references[1].calls.get(), references[1].note),
        (0, "second")
    );
    assert_eq!(references[0].id(), references[1].id());
    assert_eq!(Strong::weak_count(&text), 2, "each is a node of its own");

    drop((strong, text));
    assert!(references[0].get().is_none());
    assert_eq!(references[0].calls.get(), 2, "dead, it is not counted");
    assert_eq!(alive(&references), 0);
}

#[test]
fn a_users_reference_type_serves_in_a_proxy_and_in_a_weak_method() {
    let text: Strong<Object<str>> = "extended".into();
    let proxy = weakref::Proxy::from_reference(Extended::new(&text, "in a proxy"));
    assert_eq!(proxy.to_string(), "extended");
    assert_eq!(weakref::Proxy::reference(&proxy).calls.get(), 1);
    let length = weakref::WeakMethod::from_parts(
        Extended::new(&text, "in a method"),
        |text: &Object<str>| text.len(),
    );
    assert_eq!(length.call(()), Some(8));
    assert_eq!(length.receiver().calls.get(), 1);
}
