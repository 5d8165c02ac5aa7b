//! Every way to make, share, take apart and lose an object drops each value exactly once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use weakref::{
    AssertFinalizerSafe, CallbackRef, Strong, WeakRef, WeakReferenceable, coerce, finalize_with,
};

use crate::support::kind::{Kind, Object};
use crate::support::log::{Log, Noted};
use crate::support::{in_all_kinds, throw, thrown};

in_all_kinds!(
    new_and_clone,
    into_inner,
    try_unwrap,
    get_mut,
    make_mut_in_place,
    make_mut_clones_from_under_strong_handles,
    make_mut_clones_from_under_weak_references,
    make_mut_whose_clone_panics,
    new_cyclic,
    new_cyclic_that_panics,
    new_cyclic_that_panics_with_escaped_references,
    raw_pointers,
    from_box_sized,
    from_box_of_slice_tail,
    from_box_of_dyn,
    coerced_handles,
    pinned,
    upgrades,
    death_inside_clone,
);

fn new_and_clone<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let clones: Vec<_> = (0..5).map(|_| strong.clone()).collect();
    assert_eq!(Strong::strong_count(&strong), 6);
    drop(clones);
    assert_eq!(Strong::strong_count(&strong), 1);
    assert!(log.take().is_empty());
    drop(strong);
    assert_eq!(log.take(), ["drop object"]);
}

fn into_inner<K: Kind>() {
    let log = Log::new();
    for weak in [false, true] {
        let strong = log.object::<K>("object");
        let weak = weak.then(|| Strong::downgrade(&strong));
        let other = strong.clone();
        assert!(Strong::into_inner(other).is_none());
        assert!(log.take().is_empty());
        let value = Strong::into_inner(strong).unwrap();
        assert!(log.take().is_empty(), "moved, not dropped");
        assert!(weak.as_ref().is_none_or(|weak| weak.upgrade().is_none()));
        assert_eq!(value.name, "object");
        drop(value);
        assert_eq!(log.take(), ["drop object"]);
    }
}

fn try_unwrap<K: Kind>() {
    let log = Log::new();
    for weak in [false, true] {
        let strong = log.object::<K>("object");
        let weak = weak.then(|| Strong::downgrade(&strong));
        let other = strong.clone();
        let Err(strong) = Strong::try_unwrap(strong) else {
            panic!("not the only handle")
        };
        assert_eq!(Strong::strong_count(&strong), 2, "nothing has changed");
        assert!(weak.as_ref().is_none_or(WeakRef::is_alive));
        drop(other);
        let Ok(value) = Strong::try_unwrap(strong) else {
            panic!("the only handle")
        };
        assert!(log.take().is_empty());
        assert!(weak.as_ref().is_none_or(|weak| !weak.is_alive()));
        assert_eq!(value.into_payload().name, "object");
        assert_eq!(log.take(), ["drop object"]);
    }
}

fn get_mut<K: Kind>() {
    let log = Log::new();
    let mut strong = log.object::<K>("old");
    Strong::get_mut(&mut strong).unwrap().payload_mut().name = "new";
    let other = strong.clone();
    assert!(Strong::get_mut(&mut strong).is_none());
    drop(other);
    let weak = Strong::downgrade(&strong);
    assert!(Strong::get_mut(&mut strong).is_none());
    drop(weak);
    let reference = K::on_death(&strong, |_| ());
    assert!(Strong::get_mut(&mut strong).is_none());
    drop(reference);
    let mut graveyard = weakref::watch::Graveyard::new();
    let entry = graveyard.watch(&strong, 0);
    assert!(Strong::get_mut(&mut strong).is_none());
    drop(entry);
    assert!(Strong::get_mut(&mut strong).is_some());
    drop(strong);
    assert_eq!(log.take(), ["drop new"]);
}

fn make_mut_in_place<K: Kind>() {
    let log = Log::new();
    let mut strong = log.object::<K>("old");
    let at = Strong::as_ptr(&strong);
    Strong::make_mut(&mut strong).payload_mut().name = "new";
    assert_eq!(Strong::as_ptr(&strong), at, "not moved");
    drop(strong);
    assert_eq!(log.take(), ["drop new"], "never cloned");
}

fn make_mut_clones_from_under_strong_handles<K: Kind>() {
    let log = Log::new();
    let mut strong = log.object::<K>("old");
    let other = strong.clone();
    Strong::make_mut(&mut strong).payload_mut().name = "new";
    assert!(!Strong::ptr_eq(&strong, &other));
    assert_eq!(
        (Strong::strong_count(&strong), Strong::strong_count(&other)),
        (1, 1)
    );
    drop(strong);
    drop(other);
    assert_eq!(log.take(), ["drop new", "drop old"]);
}

fn make_mut_clones_from_under_weak_references<K: Kind>() {
    let log = Log::new();
    let mut strong = log.object::<K>("old");
    let weak = Strong::downgrade(&strong);
    let reference = K::on_death(&strong, log.callback("callback"));
    Strong::make_mut(&mut strong).payload_mut().name = "new";
    assert_eq!(
        log.take(),
        ["drop old", "callback"],
        "a death like any other"
    );
    assert!(!weak.is_alive(), "the references stay with the old object");
    assert_eq!(Strong::weak_count(&strong), 0);
    drop(strong);
    assert_eq!(log.take(), ["drop new"]);
    drop(reference);
}

fn make_mut_whose_clone_panics<K: Kind>() {
    struct Unclonable(#[expect(dead_code, reason = "dropped")] Noted);
    impl Clone for Unclonable {
        fn clone(&self) -> Self {
            throw("no clone")
        }
    }
    let log = Log::new();
    let mut strong = Object::<K, _>::strong(Unclonable(log.noted("object")));
    let weak = Strong::downgrade(&strong);
    let text = thrown(|| {
        Strong::make_mut(&mut strong);
    });
    assert_eq!(text, "no clone");
    assert!(weak.is_alive() && log.take().is_empty(), "as it was");
    drop(strong);
    assert_eq!(log.take(), ["drop object"]);
}

struct Cyclic<K: Kind> {
    this: WeakRef<Cyclic<K>>,
    noted: Noted,
    _body: K::Body,
}

impl<K: Kind> WeakReferenceable for Cyclic<K> {
    type Slot = K::Slot;
}

fn new_cyclic<K: Kind>() {
    let log = Log::new();
    let strong = Strong::new_cyclic(|this| {
        assert!(this.upgrade().is_none() && !this.is_alive());
        assert_eq!((this.strong_count(), this.weak_count()), (0, 0));
        assert!(format!("{this:?}").starts_with("Construction(<WeakRef at 0x"));
        Cyclic::<K> {
            this: WeakRef::clone(this),
            noted: log.noted("object"),
            _body: K::Body::default(),
        }
    });
    assert_eq!(
        (Strong::strong_count(&strong), Strong::weak_count(&strong)),
        (1, 1)
    );
    assert_eq!(strong.this.id(), Strong::id(&strong));
    let same = strong.this.upgrade().unwrap();
    assert_eq!(same.noted.name, "object");
    drop(strong);
    assert!(log.take().is_empty());
    drop(same);
    assert_eq!(log.take(), ["drop object"]);
}

fn new_cyclic_that_panics<K: Kind>() {
    let log = Log::new();
    let text = thrown(|| {
        Strong::new_cyclic(|this| {
            let _half = Cyclic::<K> {
                this: WeakRef::clone(this),
                noted: log.noted("half"),
                _body: K::Body::default(),
            };
            throw("in the constructor")
        })
    });
    assert_eq!(text, "in the constructor");
    assert_eq!(log.take(), ["drop half"], "by the constructor, not by us");
}

fn new_cyclic_that_panics_with_escaped_references<K: Kind>() {
    let escaped = RefCell::new(None);
    let text = thrown(|| {
        Strong::<Cyclic<K>>::new_cyclic(|this| {
            escaped.replace(Some(WeakRef::clone(this)));
            throw("in the constructor")
        })
    });
    assert_eq!(text, "in the constructor");
    let weak = escaped.take().unwrap();
    assert!(weak.upgrade().is_none() && !weak.is_alive());
    let again = weak.clone();
    drop(weak);
    assert!(format!("{again:?}").ends_with("; dead>"));
}

fn raw_pointers<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let weak = Strong::downgrade(&strong);
    let raw = Strong::into_raw(strong);
    assert!(weak.is_alive() && log.take().is_empty());
    // SAFETY: it came from `into_raw`, and is alive.
    assert_eq!(unsafe { &*raw }.name, "object");
    // SAFETY: it came from `into_raw`, and is taken back once.
    let strong = unsafe { Strong::from_raw(raw) };
    assert_eq!(Strong::as_ptr(&strong), raw);
    drop(strong);
    assert_eq!(log.take(), ["drop object"]);
    assert!(!weak.is_alive());
}

fn from_box_sized<K: Kind>() {
    let log = Log::new();
    let boxed = Box::new(Object::<K, _>::new(log.noted("object")));
    let strong: Strong<Object<K, Noted>> = Strong::from(boxed);
    assert!(log.take().is_empty(), "moved, not dropped");
    assert_eq!(strong.name, "object");
    let weak = Strong::downgrade(&strong);
    drop(strong);
    assert_eq!(log.take(), ["drop object"]);
    drop(weak);
}

/// A type with an unsized tail.
struct Tail<K: Kind, T: ?Sized> {
    _head: K::Body,
    name: &'static str,
    items: T,
}

impl<K: Kind, T: ?Sized + 'static> WeakReferenceable for Tail<K, T> {
    type Slot = K::Slot;
}

impl<K: Kind, T> Tail<K, T> {
    fn new(name: &'static str, items: T) -> Self {
        Self {
            _head: K::Body::default(),
            name,
            items,
        }
    }
}

fn from_box_of_slice_tail<K: Kind>() {
    let log = Log::new();
    for length in [0, 1, 40] {
        // 40 of them are larger than 128 bytes.
        let items: Vec<_> = (0..length).map(|_| log.noted("item")).collect();
        let boxed: Box<Tail<K, [Noted]>> = match length {
            0 => Box::new(Tail::<K, [Noted; 0]>::new("name", [])),
            1 => Box::new(Tail::<K, [Noted; 1]>::new(
                "name",
                items.try_into().unwrap(),
            )),
            _ => Box::new(Tail::<K, [Noted; 40]>::new(
                "name",
                items.try_into().unwrap(),
            )),
        };
        let strong: Strong<Tail<K, [Noted]>> = Strong::from(boxed);
        assert!(log.take().is_empty());
        assert_eq!((strong.name, strong.items.len()), ("name", length));
        assert!(strong.items.iter().all(|noted| noted.name == "item"));
        let weak = Strong::downgrade(&strong);
        assert_eq!(weak.upgrade().unwrap().items.len(), length);
        let reference = K::on_death(&strong, log.callback("callback"));
        drop(strong);
        let mut expected = vec!["drop item"; length];
        expected.push("callback");
        assert_eq!(log.take(), expected);
        drop((weak, reference));
    }
}

trait Named<K: Kind>: WeakReferenceable<Slot = K::Slot> {
    fn name(&self) -> &'static str;
}

impl<K: Kind> Named<K> for Object<K, Noted> {
    fn name(&self) -> &'static str {
        self.name
    }
}

impl<K: Kind> Named<K> for Tail<K, [Noted; 3]> {
    fn name(&self) -> &'static str {
        self.items[1].name
    }
}

fn from_box_of_dyn<K: Kind>() {
    let log = Log::new();
    let boxes: [Box<dyn Named<K>>; 2] = [
        Box::new(Object::<K, _>::new(log.noted("small or large"))),
        Box::new(Tail::<K, _>::new(
            "",
            ["a", "b", "c"].map(|name| log.noted(name)),
        )),
    ];
    let strongs: [Strong<dyn Named<K>>; 2] = boxes.map(Strong::from);
    assert!(log.take().is_empty());
    assert_eq!(
        strongs.each_ref().map(|strong| strong.name()),
        ["small or large", "b"]
    );
    let weak = strongs.each_ref().map(Strong::downgrade);
    assert_eq!(weak[1].upgrade().unwrap().name(), "b");
    drop(strongs);
    assert_eq!(
        log.take(),
        ["drop small or large", "drop a", "drop b", "drop c"]
    );
    assert!(weak.iter().all(|weak| weak.upgrade().is_none()));
}

fn coerced_handles<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let (id, at) = (Strong::id(&strong), Strong::as_ptr(&strong));
    let weak = coerce!(Strong::downgrade(&strong) => dyn Named<K>);
    let reference = K::on_death(&strong, log.callback("callback"));
    let strong = coerce!(strong => dyn Named<K>);
    assert_eq!((Strong::id(&strong), weak.id()), (id, id));
    assert!(std::ptr::addr_eq(Strong::as_ptr(&strong), at));
    let upgraded = weak.upgrade().unwrap();
    assert_eq!(upgraded.name(), "object");
    let of_dyn = K::on_death(&upgraded, log.callback("callback of the dyn"));
    drop((strong, upgraded));
    assert_eq!(
        log.take(),
        ["drop object", "callback of the dyn", "callback"]
    );
    assert!(weak.upgrade().is_none());
    drop((reference, of_dyn));
    drop(weak);

    let dangling = coerce!(WeakRef::<Object<K, Noted>>::dangling() => dyn Named<K>);
    assert!(dangling.upgrade().is_none() && !dangling.clone().is_alive());

    let slice = coerce!(Strong::new(Tail::<K, _>::new("", [1, 2, 3])) => Tail<K, [i32]>);
    let weak = Strong::downgrade(&slice);
    assert_eq!(weak.upgrade().unwrap().items, [1, 2, 3]);
    drop(slice);
    assert!(weak.upgrade().is_none());
}

fn pinned<K: Kind>() {
    let log = Log::new();
    let pin = Strong::pin(Object::<K, _>::new(log.noted("object")));
    assert_eq!(pin.name, "object");
    let same = pin.clone();
    drop(pin);
    assert!(log.take().is_empty());
    drop(same);
    assert_eq!(log.take(), ["drop object"]);
}

fn upgrades<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let weak = Strong::downgrade(&strong);
    let upgraded = weak.upgrade().unwrap();
    assert_eq!(Strong::strong_count(&strong), 2);
    drop(strong);
    assert!(log.take().is_empty());
    // The upgraded handle is as good as any: it kills too.
    drop(upgraded);
    assert_eq!(log.take(), ["drop object"]);
    for _ in 0..3 {
        assert!(weak.upgrade().is_none());
    }
    assert_eq!(weak.strong_count(), 0);
}

fn death_inside_clone<K: Kind>() {
    // The clone that `make_mut` calls drops all other handles, and registers one anew.
    type Others<K> = Rc<Cell<Option<Strong<Object<K, Greedy<K>>>>>>;
    struct Greedy<K: Kind> {
        others: Others<K>,
        noted: Noted,
    }
    impl<K: Kind> Clone for Greedy<K> {
        fn clone(&self) -> Self {
            drop(self.others.take());
            let mut noted = self.noted.clone();
            noted.name = "clone";
            Self {
                others: Rc::clone(&self.others),
                noted,
            }
        }
    }
    let log = Log::new();
    let others = Others::<K>::default();
    let mut strong = Object::<K, _>::strong(Greedy {
        others: Rc::clone(&others),
        noted: log.noted("original"),
    });
    others.set(Some(strong.clone()));
    Strong::make_mut(&mut strong);
    assert_eq!(log.take(), ["drop original"]);
    assert_eq!(strong.noted.name, "clone");
    drop(strong);
    assert_eq!(log.take(), ["drop clone"]);
}

/// Finalizers stay with the process until its exit, in part, so these do not look at memory.
mod beside_finalizers {
    use super::*;
    use crate::support::kind::{LocalSmall, SyncLarge};

    fn unheld_finalizer_is_no_handle<K: Kind>() {
        let log = Log::new();
        let mut strong = log.object::<K>("old");
        let finalizer = K::at_end(&strong, drop, ());
        assert_eq!(Strong::weak_count(&strong), 1);
        assert!(
            Strong::get_mut(&mut strong).is_none(),
            "its handle can upgrade"
        );
        drop(finalizer);
        assert_eq!(Strong::weak_count(&strong), 1, "held or not");
        Strong::get_mut(&mut strong).unwrap().payload_mut().name = "new";
        let at = Strong::as_ptr(&strong);
        Strong::make_mut(&mut strong).payload_mut().name = "newer";
        assert_eq!(Strong::as_ptr(&strong), at);
        let reference: CallbackRef<_> = K::on_death(&strong, |_| ());
        assert!(
            Strong::get_mut(&mut strong).is_none(),
            "a callback among them"
        );
        drop(reference);
        let mut graveyard = weakref::watch::Graveyard::new();
        let entry = graveyard.watch(&strong, 0);
        assert!(
            Strong::get_mut(&mut strong).is_none(),
            "an entry among them"
        );
        drop(entry);
        let weak = Strong::downgrade(&strong);
        assert!(
            Strong::get_mut(&mut strong).is_none(),
            "a reference beside them"
        );
        drop(weak);
        assert!(Strong::get_mut(&mut strong).is_some());
        drop(strong);
        assert_eq!(log.take(), ["drop newer"]);
    }

    #[test]
    fn unheld_finalizer_is_no_handle_local() {
        unheld_finalizer_is_no_handle::<LocalSmall>();
    }

    #[test]
    fn unheld_finalizer_is_no_handle_sync() {
        unheld_finalizer_is_no_handle::<SyncLarge>();
    }

    #[test]
    fn finalizers_of_a_value_that_is_moved_out_run() {
        let log = Log::new();
        let strong = log.object::<SyncLarge>("object");
        let reference = WeakRef::with_callback(&strong, log.callback("callback"));
        drop(finalize_with(
            &strong,
            |AssertFinalizerSafe(log): AssertFinalizerSafe<Log>| log.note("finalizer"),
            AssertFinalizerSafe(log.clone()),
        ));
        let value = Strong::into_inner(strong).unwrap();
        assert_eq!(log.take(), ["finalizer", "callback"]);
        drop(value);
        assert_eq!(log.take(), ["drop object"]);
        drop(reference);
    }
}
