//! What ends the process or panics: overflow of a count on every way to raise it, memory that runs out, and misuse of
//! what only generated code should call.

use std::any::TypeId;

use weakref::watch::Graveyard;
use weakref::{Strong, SyncSlot, WeakRef, WeakReferenceable, finalize_with};

use crate::support::child::{self, test_path};
use crate::support::kind::{Kind, LocalLarge, LocalSmall, Object, SyncLarge, SyncSmall};
use crate::support::{alloc, in_all_kinds, thrown};

in_all_kinds!(
    stray_upgrades_never_overflow,
    stray_upgrades_never_reach_another_field,
    publication_sets_the_count,
    counts_below_the_limit_are_fine,
);

/// On one thread what comes out of a step is looked at, and not what was there before.
fn one_more<K: Kind>() -> u64 {
    u64::from(TypeId::of::<K::Slot>() == TypeId::of::<SyncSlot>())
}

/// The most strong handles: the count, from zero, may go to half of its field.
fn strong_limit<K: Kind>() -> u64 {
    (1 << 31) + one_more::<K>()
}

/// The most weak units, the implicit one included.
fn weak_limit<K: Kind>() -> u64 {
    (1 << 26) - 1 + one_more::<K>()
}

const CLOSED: u64 = 1;
const WEAK: u64 = 1 << 5;
const STRONG: u64 = 1 << 32;

/// What `slot.rs` puts in front of a value, for the place of the counts in it; if that changes, so must this.
#[expect(dead_code, reason = "only their places matter")]
mod header {
    struct Entry {
        link: *mut (),
        token: u64,
    }

    /// On some targets a `u64` aligns to 4.
    #[repr(align(8))]
    pub(super) struct Counts(u64);

    #[repr(C)]
    pub(super) struct Header {
        entry: Entry,
        pub(super) counts: Counts,
    }
}

/// The counts, `[strong - 1: 32 | weak: 27 | flags: 5]`, in the header that a weak reference points at.
fn counts<K: Kind, P: 'static>(weak: &WeakRef<Object<K, P>>) -> *mut u64 {
    const { assert!(size_of::<WeakRef<Object<LocalSmall>>>() == size_of::<*mut u8>()) };
    // SAFETY: a reference to a sized referent is one pointer.
    let header = unsafe { (&raw const *weak).cast::<*mut u8>().read() };
    // SAFETY: inside the header.
    unsafe { header.add(std::mem::offset_of!(header::Header, counts)) }.cast()
}

/// Adds to the counts, as that many handles would that were forgotten.
fn add<K: Kind, P: 'static>(weak: &WeakRef<Object<K, P>>, units: u64) {
    let counts = counts(weak);
    // SAFETY: the reference keeps the header, and no other thread uses it.
    let old = unsafe { counts.read() };
    // SAFETY: as above.
    unsafe { counts.write(old.wrapping_add(units)) };
}

fn read<K: Kind, P: 'static>(weak: &WeakRef<Object<K, P>>) -> u64 {
    // SAFETY: as in `add`.
    unsafe { counts(weak).read() }
}

fn stray_upgrades_never_overflow<K: Kind>() {
    let strong = Object::<K, _>::strong(1);
    let weak = Strong::downgrade(&strong);
    drop(strong);
    // As many units as failed upgrades can leave behind, around each value of the field that means something in an
    // open word: none, one, the limit, zero handles.
    for strays in [
        0,
        1,
        (1 << 31) - 2,
        (1 << 31) - 1,
        1 << 31,
        !0 >> 32,
        (!0 >> 32) - 2,
    ] {
        add(
            &weak,
            (strays * STRONG).wrapping_sub(read(&weak) >> 32 << 32),
        );
        for _ in 0..3 {
            assert!(weak.upgrade().is_none());
        }
        assert_eq!(
            (weak.strong_count(), weak.weak_count(), weak.is_alive()),
            (0, 0, false)
        );
        assert_eq!(weak.clone(), weak);
    }
    assert_eq!(read(&weak) & CLOSED, CLOSED);
}

fn stray_upgrades_never_reach_another_field<K: Kind>() {
    let strong = Object::<K, _>::strong(1);
    let (weak, other) = (Strong::downgrade(&strong), Strong::downgrade(&strong));
    drop(strong);
    let before = read(&weak);
    // The last that fits: the next units fall off the top.
    add(&weak, !0 << 32);
    let low = |word: u64| word & (STRONG - 1);
    for _ in 0..3 {
        assert!(weak.upgrade().is_none() && other.upgrade().is_none());
        assert_eq!(low(read(&weak)), low(before));
    }
    drop(other);
    assert_eq!(low(read(&weak)), low(before) - WEAK);
}

fn publication_sets_the_count<K: Kind>() {
    for strays in [1, 5, 1 << 31, (!0 >> 32) - 1, !0 >> 32] {
        let strong = Strong::new_cyclic(|this| {
            assert!(this.upgrade().is_none());
            add(this, strays * STRONG);
            assert!(this.upgrade().is_none());
            Object::<K, _>::new(1)
        });
        assert_eq!(Strong::strong_count(&strong), 1, "{strays} of them strayed");
        let weak = Strong::downgrade(&strong);
        assert!(Strong::try_unwrap(strong).is_ok());
        assert!(!weak.is_alive());
    }
}

fn counts_below_the_limit_are_fine<K: Kind>() {
    let strong = Object::<K, _>::strong(1);
    let weak = Strong::downgrade(&strong);
    let units = (strong_limit::<K>() - 2) * STRONG + (weak_limit::<K>() - 3) * WEAK;
    add(&weak, units);
    let last = weak.upgrade().unwrap();
    assert_eq!(
        Strong::strong_count(&strong),
        usize::try_from(strong_limit::<K>()).unwrap()
    );
    let last_weak = weak.clone();
    assert_eq!(
        Strong::weak_count(&strong),
        usize::try_from(weak_limit::<K>()).unwrap() - 1,
        "the implicit one is the last"
    );
    add(&weak, units.wrapping_neg());
    assert_eq!(
        (Strong::strong_count(&last), Strong::weak_count(&last)),
        (2, 2)
    );
    drop((strong, last));
    assert!(last_weak.upgrade().is_none());
}

/// An object with a reference, and as many units added as are needed for `what` to go past the limit.
fn full<K: Kind>(strong_units: u64, weak_units: u64) -> (Strong<Object<K>>, WeakRef<Object<K>>) {
    let strong = Object::<K>::strong(());
    let weak = Strong::downgrade(&strong);
    add(&weak, strong_units * STRONG + weak_units * WEAK);
    (strong, weak)
}

/// Every way to one more strong handle, and to one more weak reference.
fn overflow<K: Kind>(way: &str) {
    let (strong, weak) = if way.starts_with("strong") {
        full::<K>(strong_limit::<K>() - 1, 0)
    } else {
        full::<K>(0, weak_limit::<K>() - 2)
    };
    let mut graveyard = Graveyard::new();
    match way {
        "strong clone" => std::mem::forget(strong.clone()),
        "strong upgrade" => std::mem::forget(weak.upgrade()),
        "strong with" => assert!(weak.with(|_| ()).is_some()),
        "weak downgrade" => std::mem::forget(Strong::downgrade(&strong)),
        "weak new" => std::mem::forget(WeakRef::of(&strong)),
        "weak clone" => std::mem::forget(weak.clone()),
        "weak callback" => K::on_death(&strong, |_| ()).forget(),
        "weak watch" => std::mem::forget(graveyard.watch(&strong, 0)),
        "weak finalizer" => drop(K::at_end(&strong, drop, ())),
        _ => unreachable!("{way}"),
    }
}

const WAYS: [&str; 9] = [
    "strong clone",
    "strong upgrade",
    "strong with",
    "weak downgrade",
    "weak new",
    "weak clone",
    "weak callback",
    "weak watch",
    "weak finalizer",
];

/// A kind by its name.
fn overflow_of(kind: &str, way: &str) {
    match kind {
        "local small" => overflow::<LocalSmall>(way),
        "local large" => overflow::<LocalLarge>(way),
        "sync small" => overflow::<SyncSmall>(way),
        "sync large" => overflow::<SyncLarge>(way),
        _ => unreachable!("{kind}"),
    }
}

#[track_caller]
fn aborts(test: &str, case: &str, body: impl FnOnce()) {
    if let Some(outcome) = child::run(test, case, body) {
        outcome.aborted();
    }
}

#[test]
#[cfg_attr(miri, ignore = "starts processes")]
fn overflow_of_either_count_aborts() {
    for kind in ["local small", "sync large"] {
        for way in WAYS {
            aborts(
                test_path!(overflow_of_either_count_aborts),
                &format!("{kind}, {way}"),
                || overflow_of(kind, way),
            );
        }
    }
    for (kind, way) in [
        ("local large", "strong clone"),
        ("sync small", "weak clone"),
    ] {
        aborts(
            test_path!(overflow_of_either_count_aborts),
            &format!("{kind}, {way}"),
            || overflow_of(kind, way),
        );
    }
}

#[test]
#[cfg_attr(miri, ignore = "starts processes")]
fn control_one_less_does_not_abort() {
    let outcome = child::run(test_path!(control_one_less_does_not_abort), "", || {
        let (strong_units, weak_units) = (
            strong_limit::<SyncSmall>() - 2,
            weak_limit::<SyncSmall>() - 3,
        );
        let (strong, weak) = full::<SyncSmall>(strong_units, weak_units);
        let handles = (strong.clone(), weak.clone());
        // Given back, so that nothing is left for a leak checker to find.
        add(
            &weak,
            (strong_units * STRONG + weak_units * WEAK).wrapping_neg(),
        );
        drop((handles, strong, weak));

        let (strong, weak) = full::<SyncSmall>(0, weak_units);
        let mut graveyard = Graveyard::new();
        let registration = graveyard.watch(&strong, 0);
        add(&weak, (weak_units * WEAK).wrapping_neg());
        drop((registration, graveyard, strong, weak));
    });
    if let Some(outcome) = outcome {
        outcome.succeeded();
    }
}

#[test]
#[ignore = "long"]
fn overflow_by_forgotten_clones_aborts() {
    aborts(test_path!(overflow_by_forgotten_clones_aborts), "", || {
        let strong = Object::<LocalSmall>::strong(());
        for _ in 0..strong_limit::<LocalSmall>() {
            std::mem::forget(strong.clone());
        }
    });
    let outcome = child::run(
        test_path!(overflow_by_forgotten_clones_aborts),
        "one less",
        || {
            let strong = Object::<LocalSmall>::strong(());
            let weak = Strong::downgrade(&strong);
            for _ in 0..strong_limit::<LocalSmall>() - 1 {
                std::mem::forget(strong.clone());
            }
            add(
                &weak,
                ((strong_limit::<LocalSmall>() - 1) * STRONG).wrapping_neg(),
            );
        },
    );
    if let Some(outcome) = outcome {
        outcome.succeeded();
    }
}

#[test]
#[cfg_attr(miri, ignore = "starts processes")]
fn no_memory_for_an_object_aborts() {
    fn attempt(way: &str) {
        let boxed = Box::new(Object::<SyncSmall>::new(()));
        alloc::without_memory(|| match way {
            "new" => drop(Object::<SyncSmall>::strong(())),
            "new large" => drop(Object::<LocalLarge>::strong(())),
            "new_cyclic" => drop(Strong::new_cyclic(|_| Object::<SyncSmall>::new(()))),
            "from" => drop(Strong::<Object<SyncSmall>>::from(boxed)),
            _ => unreachable!("{way}"),
        });
    }
    for way in ["new", "new large", "new_cyclic", "from"] {
        let test = test_path!(no_memory_for_an_object_aborts);
        let Some(outcome) = child::run(test, way, || attempt(way)) else {
            continue;
        };
        outcome.aborted();
        assert!(
            outcome.text().contains("memory allocation of"),
            "{}",
            outcome.text()
        );
    }
}

#[test]
#[cfg_attr(miri, ignore = "starts processes")]
fn children_run_the_test_that_asked() {
    let test = test_path!(children_run_the_test_that_asked);
    let outcome = child::run(test, "", || eprintln!("[inside]"));
    if let Some(outcome) = outcome {
        outcome.succeeded();
        assert!(outcome.text().contains("[inside]"));
    }
}

mod hidden {
    //! Misuse of what only generated code should call must not be unsound.

    use std::sync::Mutex;

    use super::*;
    use crate::support::kind::SyncSmall;

    static OTHER: Mutex<Option<Strong<Object<SyncSmall, u32>>>> = Mutex::new(None);

    /// A hand-written implementation that attaches to a value that is not under construction.
    struct Wrong(&'static str);

    impl WeakReferenceable for Wrong {
        type Slot = SyncSlot;

        fn __has_finalizers(&self) -> bool {
            true
        }

        fn __attach_finalizers(&self, site: &weakref::__private::Site<'_>) {
            match self.0 {
                "same type" => site.attach(&Wrong("other"), |_, _| unreachable!("refused")),
                "other type" => site.attach(&Object::<SyncSmall>::new(()), |_, _| {
                    unreachable!("refused")
                }),
                "other object" => {
                    let other = OTHER.lock().unwrap().clone().unwrap();
                    site.attach(&*other, |_, _| unreachable!("refused"));
                }
                "itself" => site.attach(self, |construction, same| {
                    assert!(std::ptr::eq(same, self));
                    assert!(construction.upgrade().is_none());
                    drop(finalize_with(construction, drop, ()));
                }),
                _ => unreachable!(),
            }
        }
    }

    #[test]
    fn attaching_to_what_is_not_under_construction_panics() {
        *OTHER.lock().unwrap() = Some(Object::strong(1));
        for wrong in ["same type", "other type", "other object"] {
            let text = thrown(|| Strong::new(Wrong(wrong)));
            assert_eq!(text, "weakref: not the object under construction");
            let text = thrown(|| Strong::<Wrong>::from(Box::new(Wrong(wrong))));
            assert_eq!(text, "weakref: not the object under construction");
        }
        assert_eq!(Strong::finalizers(&Strong::new(Wrong("itself"))).len(), 1);
        *OTHER.lock().unwrap() = None;
    }

    /// A hand-written implementation that lets a reference escape from the construction.
    #[derive(Debug)]
    struct Escaping(bool);

    static ESCAPED: Mutex<Option<WeakRef<Escaping>>> = Mutex::new(None);

    impl Clone for Escaping {
        fn clone(&self) -> Self {
            Self(true)
        }
    }

    impl WeakReferenceable for Escaping {
        type Slot = SyncSlot;

        fn __has_finalizers(&self) -> bool {
            self.0
        }

        fn __attach_finalizers(&self, site: &weakref::__private::Site<'_>) {
            site.attach(self, |construction, _| {
                *ESCAPED.lock().unwrap() = Some(WeakRef::clone(construction));
            });
        }
    }

    #[test]
    fn make_mut_panics_when_a_reference_to_the_clone_escaped() {
        let mut strong = Strong::new(Escaping(false));
        let other = strong.clone();
        let text = thrown(|| {
            Strong::make_mut(&mut strong);
        });
        assert_eq!(
            text,
            "weakref: a handle escaped the construction of a clone"
        );
        // The handle is the clone's, with its reference.
        assert!(!Strong::ptr_eq(&strong, &other));
        let escaped = ESCAPED.lock().unwrap().take().unwrap();
        assert!(Strong::ptr_eq(&escaped.upgrade().unwrap(), &strong));
    }
}
