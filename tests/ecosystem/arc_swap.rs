use std::mem::{ManuallyDrop, forget};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use ::arc_swap::{Guard, RefCnt};
use weakref::{Finalizer, Strong, WeakRef, WeakReferenceable, finalize_with};

/// With the default strategy.
type ArcSwapAny<T> = ::arc_swap::ArcSwapAny<T>;

#[derive(WeakReferenceable)]
struct Config {
    version: u32,
    text: String,
}

fn config(version: u32) -> Strong<Config> {
    let text = version.to_string();
    Strong::new(Config { version, text })
}

#[test]
fn a_replaced_object_dies_with_its_last_guard() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let current = ArcSwapAny::new(config(1));
    let guard = current.load();
    let first = WeakRef::with_callback(&guard, {
        let log = Arc::clone(&log);
        move |_| log.lock().unwrap().push("callback")
    });
    finalize_with(
        &*guard,
        |log: Arc<Mutex<Vec<_>>>| log.lock().unwrap().push("finalizer"),
        Arc::clone(&log),
    );
    assert_eq!(Strong::strong_count(&guard), 1, "a guard counts only later");

    current.store(config(2));
    assert!(first.is_alive());
    assert_eq!((guard.version, guard.text.as_str()), (1, "1"));
    let upgraded = first.upgrade().unwrap();
    drop(guard);
    assert!(log.lock().unwrap().is_empty());
    drop(upgraded);
    assert!(!first.is_alive());
    assert_eq!(*log.lock().unwrap(), ["finalizer", "callback"]);
    assert_eq!(current.load().version, 2);
}

#[test]
fn a_full_handle_outlives_the_slot() {
    let current = ArcSwapAny::new(Some(config(1)));
    let whole = current.load_full().unwrap();
    let weak = Strong::downgrade(&whole);
    let guard = current.load();
    assert!(Strong::ptr_eq(guard.as_ref().unwrap(), &whole));
    let previous = current.compare_and_swap(&guard, None);
    assert!(Strong::ptr_eq(previous.as_ref().unwrap(), &whole));
    drop((guard, previous, current));
    assert_eq!(Strong::strong_count(&whole), 1);
    assert_eq!(Strong::into_inner(whole).unwrap().text, "1");
    assert!(!weak.is_alive());
}

#[derive(WeakReferenceable)]
struct Empty;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Large([u8; 4096]);

#[test]
fn objects_of_every_layout_and_flavour_are_told_apart() {
    let slot = ArcSwapAny::new(Strong::new(Empty));
    let (guard, other) = (slot.load(), Strong::new(Empty));
    assert!(!Strong::ptr_eq(&guard, &other));
    drop(slot.swap(other));
    assert_eq!(Strong::strong_count(&guard), 1);

    let slot = ArcSwapAny::new(Strong::new(Large([7; 4096])));
    let weak = Strong::downgrade(&slot.load());
    assert_eq!(slot.load().0[4095], 7);
    drop(slot);
    assert!(!weak.is_alive());
}

#[derive(WeakReferenceable)]
struct Byte(u8);

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Odd([u8; 131]);

/// A tag needs bits that are zero in every address: arc-swap panics otherwise.
#[test]
fn addresses_of_every_size_leave_room_for_the_tag() {
    let bytes: Vec<_> = (0..20)
        .map(|byte| ArcSwapAny::new(Strong::new(Byte(byte))))
        .collect();
    assert!((0..20).all(|byte| bytes[usize::from(byte)].load().0 == byte));
    let odd: Vec<_> = (0..20)
        .map(|byte| ArcSwapAny::new(Some(Strong::new(Odd([byte; 131])))))
        .collect();
    assert!((0..20).all(|byte| {
        let odd = odd[usize::from(byte)].load();
        odd.as_ref().is_some_and(|odd| odd.0[130] == byte)
    }));
}

/// Points to where a block begins, or may begin, as `triomphe`'s `ThinArc` does, and is counted elsewhere. An allocator
/// that puts nothing between its blocks puts one where an object of size zero has its address: at the end of its own.
struct Neighbour(*mut ());

static NEIGHBOURS: AtomicU32 = AtomicU32::new(0);

impl Neighbour {
    fn new(at: *mut ()) -> Self {
        NEIGHBOURS.fetch_add(1, Ordering::Relaxed);
        Self(at)
    }
}

impl Clone for Neighbour {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        NEIGHBOURS.fetch_sub(1, Ordering::Relaxed);
    }
}

// SAFETY: one count for all, which a clone raises and a drop lowers. Nothing here panics.
unsafe impl RefCnt for Neighbour {
    type Base = ();

    fn into_ptr(me: Self) -> *mut () {
        ManuallyDrop::new(me).0
    }

    fn as_ptr(me: &Self) -> *mut () {
        me.0
    }

    /// # Safety
    ///
    /// 1. `ptr` came from `into_ptr`.
    unsafe fn from_ptr(ptr: *const ()) -> Self {
        Self(ptr.cast_mut())
    }
}

#[test]
fn what_begins_where_an_empty_object_ends_pays_none_of_its_debts() {
    let kept = Strong::new(Empty);
    let slot = ArcSwapAny::new(kept.clone());
    let end = Strong::as_ptr(&kept).cast_mut().cast();
    let neighbours = ArcSwapAny::new(Some(Neighbour::new(end)));
    // Owes a unit, by its address.
    let guard = slot.load();
    // Pays what is owed under the address of what it replaces.
    neighbours.store(None);
    drop(guard);
    let owners = Strong::strong_count(&kept);
    if owners < 2 {
        // One of them has no unit: it must not end as if it had.
        forget((kept, slot));
        panic!("{owners} units for two owners");
    }
    assert_eq!(owners, 2);
    assert_eq!(NEIGHBOURS.load(Ordering::Relaxed), 0);
}

/// Readers, writers and upgrades race; every object dies, once.
#[test]
fn threads_read_replace_and_upgrade() {
    let rounds: u32 = if cfg!(miri) { 20 } else { 5_000 };
    let deaths = Arc::new(AtomicU32::new(0));
    let made = AtomicU32::new(0);
    let watched = |version| {
        made.fetch_add(1, Ordering::Relaxed);
        let config = config(version);
        let finalizer: Finalizer<_, _> = finalize_with(
            &config,
            |deaths: Arc<AtomicU32>| deaths.fetch_add(1, Ordering::Relaxed),
            Arc::clone(&deaths),
        );
        drop(finalizer);
        config
    };
    let current = ArcSwapAny::new(watched(0));
    thread::scope(|scope| {
        for writer in 1..=2 {
            let (current, watched) = (&current, &watched);
            scope.spawn(move || {
                for round in 0..rounds {
                    drop(current.swap(watched(writer * rounds + round)));
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = Strong::downgrade(&current.load());
                for _ in 0..rounds {
                    let guard = current.load();
                    assert_eq!(guard.text, guard.version.to_string());
                    let weak = Strong::downgrade(&guard);
                    let whole = Guard::into_inner(guard);
                    assert!(weak.is_alive());
                    if let Some(previous) = last.upgrade() {
                        assert_eq!(previous.text, previous.version.to_string());
                    }
                    drop(whole);
                    last = weak;
                }
            });
        }
    });
    drop(current);
    assert_eq!(deaths.load(Ordering::Relaxed), made.load(Ordering::Relaxed));
}
