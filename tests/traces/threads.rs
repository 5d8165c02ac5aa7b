//! Many threads at once: when all is over, nothing is on record.

use std::sync::Mutex;
use std::thread;

use weakref::trace::{Holder, How};
use weakref::{Strong, SyncSlot, WeakRef, WeakReferenceable, coerce, live};

const ROUNDS: usize = if cfg!(miri) { 20 } else { 5_000 };

#[derive(WeakReferenceable)]
struct Shared(usize);

#[derive(WeakReferenceable)]
struct Swapped(Box<usize>);

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Local(usize);

#[test]
fn a_handle_is_struck_off_by_whoever_drops_it() {
    let shared = Strong::new(Shared(1));
    thread::scope(|scope| {
        for _ in 0..4 {
            let shared = shared.clone();
            scope.spawn(move || {
                let weak = Strong::downgrade(&shared);
                for _ in 0..ROUNDS {
                    let clone = shared.clone();
                    let upgraded = weak.upgrade().expect("alive");
                    assert_eq!(clone.0 + upgraded.0, 2);
                    drop(clone);
                }
            });
        }
    });
    assert_eq!(Strong::holders(&shared).count(), 1);
    assert_eq!(Strong::holders(&shared).handles()[0].count(), 1);
}

/// Objects die on one thread while another upgrades their references, and blocks are used again.
#[test]
fn an_address_that_is_used_again_is_another_object() {
    let place = Mutex::new((None, None));
    thread::scope(|scope| {
        for number in 0..3 {
            let place = &place;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let strong = Strong::new(Swapped(Box::new(round)));
                    let weak = Strong::downgrade(&strong);
                    let strong = Some(strong).filter(|_| number != 0);
                    let old = std::mem::replace(&mut *place.lock().unwrap(), (strong, Some(weak)));
                    let upgraded = old.1.as_ref().and_then(|weak| weak.upgrade());
                    drop(old.0);
                    if let Some(upgraded) = upgraded {
                        let holders = Strong::holders(&upgraded);
                        assert!(holders.birthplace().is_some());
                        assert_eq!(holders.handles().len(), 1);
                        assert!(*upgraded.0 < ROUNDS);
                    }
                }
            });
        }
    });
    assert!(live::<Swapped>().len() <= 1);
    place.into_inner().unwrap();
    assert!(live::<Swapped>().is_empty());
}

trait Shape: WeakReferenceable<Slot = SyncSlot> + Send + Sync {}

impl Shape for Shared {}

/// There and back.
fn coerced(mut strong: Strong<Shared>) -> Strong<Shared> {
    for _ in 0..ROUNDS {
        let shape = coerce!(strong => dyn Shape);
        strong = Strong::downcast(shape).ok().expect("it is one");
    }
    strong
}

#[test]
fn handles_that_are_coerced_at_the_same_time_keep_their_places() {
    let shared = Strong::new(Shared(1));
    thread::scope(|scope| {
        let (cloned, upgraded) = (shared.clone(), WeakRef::of(&shared).upgrade());
        let cloned = scope.spawn(|| coerced(cloned));
        drop(coerced(upgraded.expect("alive")));
        let cloned = cloned.join().expect("it does not panic");
        assert_eq!(cloned.0, 1);
        let holders = Strong::holders(&shared);
        let hows: Vec<_> = holders.handles().iter().map(Holder::how).collect();
        assert_eq!(hows, [How::Cloned, How::Made], "{holders}");
    });
}

/// Handles that become raw pointers and handles again meanwhile are no other's either.
#[test]
fn a_handle_that_is_coerced_beside_raw_ones_keeps_its_place() {
    let shared = Strong::new(Shared(1));
    let raw = Strong::into_raw(shared.clone());
    let shape = coerce!(WeakRef::of(&shared).upgrade().expect("alive") => dyn Shape);
    // SAFETY: what was given up above.
    drop(unsafe { Strong::from_raw(raw) });
    let holders = Strong::holders(&shape);
    let hows: Vec<_> = holders.handles().iter().map(Holder::how).collect();
    assert_eq!(hows, [How::Upgraded, How::Made], "{holders}");
}

#[test]
fn local_objects_are_seen_from_other_threads() {
    let local = Strong::new(Local(3));
    let id = Strong::id(&local);
    let seen = thread::spawn(live::<Local>).join().unwrap();
    assert_eq!(seen[0].id(), id);
    assert_eq!((seen[0].count(), local.0), (1, 3));
    drop(local);
    assert!(live::<Local>().is_empty());
}

thread_local! {
    static LAST: Mutex<Option<Strong<Local>>> = const { Mutex::new(None) };
}

#[derive(WeakReferenceable)]
struct AtTheEnd(usize);

/// Makes and drops objects as its thread ends.
struct Late(Option<Strong<AtTheEnd>>);

impl Drop for Late {
    fn drop(&mut self) {
        let last = self.0.take().expect("there is one");
        let other = last.clone();
        assert_eq!(Strong::holders(&other).count(), 2);
        assert_eq!(last.0, 7);
    }
}

thread_local! {
    static LATE: Late = Late(Some(Strong::new(AtTheEnd(7))));
}

#[test]
fn threads_end_with_handles_in_their_locals() {
    thread::spawn(|| {
        LATE.with(|late| assert!(late.0.is_some()));
        LAST.with(|last| *last.lock().unwrap() = Some(Strong::new(Local(1))));
    })
    .join()
    .unwrap();
    assert!(live::<AtTheEnd>().is_empty());
}
