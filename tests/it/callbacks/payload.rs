//! References that carry something of their own, as subclasses of a reference do.

use super::*;

in_all_kinds!(
    s01_reference_with_payload,
    s02_references_with_payload_do_not_replace_plain_ones,
    s03_references_with_payload_keep_their_own_callbacks,
    s05_reference_that_owns_its_target_never_calls,
    s05_two_references_that_own_each_others_target,
);

/// A user's own kind of reference: it carries data, and counts how often it was asked.
struct Annotated<K: Kind> {
    reference: CallbackRef<Object<K, i32>>,
    note: &'static str,
    asked: Cell<u32>,
}

impl<K: Kind> Annotated<K> {
    fn new(strong: &Strong<Object<K, i32>>, note: &'static str, log: &Log) -> Self {
        Self {
            reference: K::on_death(strong, log.callback(note)),
            note,
            asked: Cell::new(0),
        }
    }
}

impl<K: Kind> WeakReference for Annotated<K> {
    type Referent = Object<K, i32>;

    fn upgrade(&self) -> Option<Strong<Self::Referent>> {
        self.asked.set(self.asked.get() + 1);
        self.reference.upgrade()
    }

    fn id(&self) -> ObjectId {
        self.reference.id()
    }

    fn is_alive(&self) -> bool {
        self.reference.is_alive()
    }
}

fn value<R: WeakReference>(reference: &R) -> Option<Strong<R::Referent>> {
    reference.upgrade()
}

fn s01_reference_with_payload<K: Kind>() {
    let log = Log::new();
    let strong = Object::<K, _>::strong(5);
    let annotated = Annotated::new(&strong, "note", &log);
    assert_eq!(annotated.note, "note");
    assert_eq!(value(&annotated).map(|object| **object), Some(5));
    assert_eq!(annotated.asked.get(), 1);
    assert_eq!(annotated.id(), Strong::id(&strong));
    drop(strong);
    assert!(!annotated.is_alive());
    assert!(value(&annotated).is_none());
    assert_eq!((annotated.asked.get(), annotated.note), (2, "note"));
}

fn s02_references_with_payload_do_not_replace_plain_ones<K: Kind>() {
    let log = Log::new();
    let strong = Object::<K, _>::strong(5);
    let first = Annotated::new(&strong, "first", &log);
    let plain = Strong::downgrade(&strong);
    let second = Annotated::new(&strong, "second", &log);
    assert_eq!(Strong::weak_count(&strong), 3, "each is its own");
    assert_ne!(first.note, second.note);
    assert!(Strong::weak_refs(&strong).iter().all(|weak| *weak == plain));
    drop((first, second));
    assert_eq!(Strong::weak_refs(&strong), [plain]);
}

fn s03_references_with_payload_keep_their_own_callbacks<K: Kind>() {
    let log = Log::new();
    let strong = Object::<K, _>::strong(5);
    let first = Annotated::new(&strong, "first", &log);
    let second = Annotated::new(&strong, "second", &log);
    assert_eq!(Strong::weak_count(&strong), 2);
    drop(first);
    let third = Annotated::new(&strong, "third", &log);
    drop(strong);
    assert_eq!(log.take(), ["third", "second"]);
    drop((second, third));
}

fn s05_reference_that_owns_its_target_never_calls<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let weak = Strong::downgrade(&strong);
    let captured = OneThread::new(strong.clone());
    let theirs = log.clone();
    let reference = K::on_death(&strong, move |_| {
        let _captured = captured;
        theirs.note("called");
    });
    drop(strong);
    assert!(weak.is_alive(), "the closure keeps it");
    drop(reference);
    assert_eq!(log.take(), ["drop object"], "it was going away itself");
    assert!(!weak.is_alive());
}

fn s05_two_references_that_own_each_others_target<K: Kind>() {
    let log = Log::new();
    let (a, b) = (log.object::<K>("a"), log.object::<K>("b"));
    let captured = OneThread::new(b.clone());
    let of_a = K::on_death(&a, move |_| drop(captured));
    // The callback of b owns a and the callback reference of a.
    let captured = OneThread::new((a.clone(), of_a));
    let theirs = log.clone();
    let of_b = K::on_death(&b, move |_| {
        drop(captured);
        theirs.note("called");
    });
    drop((a, b));
    assert!(log.take().is_empty(), "each keeps the other");
    drop(of_b);
    // The first of its captures is the last handle of a: its callback still stands and runs.
    assert_eq!(log.take(), ["drop a", "drop b"]);
}
