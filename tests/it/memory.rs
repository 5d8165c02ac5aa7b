//! What is allocated when, and what is freed when. Sizes are what was asked of the allocator.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use weakref::watch::Graveyard;
use weakref::{Finalizer, LocalObject, SendWeak, Strong, WeakRef, WeakReferenceable, coerce};
use weakref_tests::counting::{count, is_counting_possible};

use crate::support::kind::{Kind, Large, Object};
use crate::support::one_thread::OneThread;
use crate::support::{alloc, in_all_kinds};

in_all_kinds!(
    one_block_for_a_small_object_two_for_a_large_one,
    handles_allocate_nothing,
    death_allocates_nothing,
    first_registration_allocates_nothing,
    callback_is_one_block_and_goes_when_it_ends,
    value_goes_at_death_while_references_remain,
    moved_out_value_leaves_what_a_death_leaves,
    failed_upgrades_and_dead_references_hold_no_more,
    withdrawn_notice_is_freed_by_the_next_drain,
    finalizers_are_found_in_room_for_as_many,
);

const fn is_large<K: Kind>() -> bool {
    size_of::<K::Body>() != 0
}

#[test]
fn this_binary_counts() {
    assert!(is_counting_possible());
}

fn one_block_for_a_small_object_two_for_a_large_one<K: Kind>() {
    let (strong, usage) = count(|| Object::<K, _>::strong([0_u64; 2]));
    let value = size_of::<Object<K, [u64; 2]>>();
    if is_large::<K>() {
        assert_eq!(usage.allocations, 2);
        assert_eq!(value, size_of::<Large>() + 16);
    } else {
        assert_eq!(usage.allocations, 1);
    }
    // The slot: two words and the counts, for threads a lock word more; and for a large one the two addresses.
    let overhead = usage.held_bytes.unsigned_abs() - value;
    assert!((24..=48).contains(&overhead), "{overhead}");
    let ((), usage) = count(|| drop(strong));
    assert_eq!(
        (usage.allocations, usage.held_blocks),
        (0, -1 - isize::from(is_large::<K>()))
    );
}

fn handles_allocate_nothing<K: Kind>() {
    let mut strong = Object::<K, _>::strong(1_u8);
    let ((), usage) = count(|| {
        let weak = Strong::downgrade(&strong);
        let (other, another) = (weak.clone(), WeakRef::<Object<K, u8>>::dangling());
        assert!(other.upgrade().is_some() && another.upgrade().is_none());
        assert_eq!(other.with(|object| **object), Some(1));
        drop((strong.clone(), other, another));
        drop(weak);
        assert!(Strong::get_mut(&mut strong).is_some());
        let raw = Strong::into_raw(strong);
        // SAFETY: it came from `into_raw`.
        drop(unsafe { Strong::from_raw(raw) });
    });
    assert_eq!(usage.allocations, 0);
}

fn death_allocates_nothing<K: Kind>() {
    /// Not so deep that deaths are queued, though a sanitizer makes their frames larger.
    const DEPTH: u32 = 8;
    struct Owner<K: Kind>(
        #[expect(dead_code, reason = "dropped")] Option<Strong<Owner<K>>>,
        Object<K, Arc<AtomicUsize>>,
    );
    impl<K: Kind> WeakReferenceable for Owner<K> {
        type Slot = K::Slot;
    }
    let shared = Arc::new(AtomicUsize::new(0));
    let mut references = Vec::new();
    let (mut here, mut there) = (Graveyard::new(), Graveyard::new());
    let mut entries = Vec::new();
    let chain = (0..u64::from(DEPTH)).fold(None, |next, token| {
        let strong = Strong::new(Owner::<K>(next, Object::new(Arc::clone(&shared))));
        for _ in 0..3 {
            let shared = Arc::clone(&shared);
            references.push(K::on_death(&strong, move |_| {
                shared.fetch_add(1, Ordering::Relaxed);
            }));
        }
        entries.push((here.watch(&strong, token), there.watch(&strong, token)));
        Some(strong)
    });
    let ((), usage) = count(|| drop(chain));
    assert_eq!(usage.allocations, 0);
    assert_eq!(shared.load(Ordering::Relaxed), DEPTH as usize * 3);
    assert_eq!(
        (here.dead(), there.dead()),
        (DEPTH as usize, DEPTH as usize)
    );
    let ((), usage) = count(|| while here.next_dead().is_some() {});
    assert_eq!(
        (usage.allocations, usage.frees),
        (0, 0),
        "nor does a drain, as long as the entries stand"
    );
}

fn first_registration_allocates_nothing<K: Kind>() {
    let (mut graveyard, usage) = count(Graveyard::new);
    assert_eq!(usage.allocations, 0);
    let (a, b) = (Object::<K>::strong(()), Object::<K>::strong(()));
    // The graveyard's own block comes with its first.
    let (entry, usage) = count(|| graveyard.watch(&a, 1));
    assert_eq!(usage.allocations, 1);
    assert!(usage.held_bytes <= 40, "{}", usage.held_bytes);
    drop(entry);

    let ((first, second), usage) = count(|| (graveyard.watch(&a, 1), graveyard.watch(&b, 2)));
    assert_eq!(usage.allocations, 0);
    let (further, usage) = count(|| graveyard.watch(&a, 3));
    assert_eq!(usage.allocations, 1, "a node");
    // The inline berth is used whenever it is free.
    drop(first);
    let (first, usage) = count(|| graveyard.watch(&a, 4));
    assert_eq!(usage.allocations, 0);
    drop(first);
    let callback = K::on_death(&a, |_| ());
    let (first, usage) = count(|| graveyard.watch(&a, 5));
    assert_eq!(usage.allocations, 0, "beside callbacks too");
    let ((), usage) = count(|| drop((first, second, further)));
    assert_eq!((usage.allocations, usage.frees), (0, 1));
    drop(callback);
}

fn callback_is_one_block_and_goes_when_it_ends<K: Kind>() {
    let strong = Object::<K>::strong(());
    let captured = [0_u64; 4];
    let (reference, usage) = count(|| {
        K::on_death(&strong, move |_| {
            std::hint::black_box(captured);
        })
    });
    assert_eq!(usage.allocations, 1);
    let ((), usage) = count(|| drop(reference));
    assert_eq!(
        (usage.allocations, usage.held_blocks),
        (0, -1),
        "cancelled: freed at once"
    );

    let reference = K::on_death(&strong, |_| ());
    let ((), usage) = count(|| reference.forget());
    assert_eq!((usage.allocations, usage.frees), (0, 0));
    let ((), usage) = count(|| drop(strong));
    assert_eq!(
        usage.held_blocks,
        -2 - isize::from(is_large::<K>()),
        "node and object"
    );
}

fn value_goes_at_death_while_references_remain<K: Kind>() {
    let ((reference, plain, graveyard, entries), usage) = count(|| {
        let strong = Object::<K, _>::strong([7_u64; 10]);
        let reference = K::on_death(&strong, |_| ());
        let plain = Strong::downgrade(&strong);
        let mut graveyard = Graveyard::new();
        let entries = [graveyard.watch(&strong, 1), graveyard.watch(&strong, 2)];
        let freed = alloc::large_frees();
        drop(strong);
        assert_eq!(alloc::large_frees() - freed, usize::from(is_large::<K>()));
        (reference, plain, graveyard, entries)
    });
    // Held: the slot or shell, a callback's node, a graveyard, a registration's node.
    assert_eq!(usage.held_blocks, 4);
    drop((reference, graveyard));
    let ((), usage) = count(|| drop(entries));
    assert_eq!(
        usage.frees, 1,
        "the last registration's node; the plain reference is left"
    );
    let ((), usage) = count(|| drop(plain));
    assert_eq!(usage.frees, 1);
    let limit = if is_large::<K>() { 40 } else { 160 };
    let shell = usage.held_bytes.unsigned_abs();
    assert!(shell <= limit, "{shell}");
}

fn moved_out_value_leaves_what_a_death_leaves<K: Kind>() {
    let (weak, usage) = count(|| {
        let strong = Object::<K, _>::strong(1_u8);
        let weak = Strong::downgrade(&strong);
        assert_eq!(
            Strong::into_inner(strong).map(Object::into_payload),
            Some(1)
        );
        weak
    });
    assert_eq!(usage.held_blocks, 1);
    assert!(usage.held_bytes <= if is_large::<K>() { 40 } else { 160 });
    drop(weak);
}

fn failed_upgrades_and_dead_references_hold_no_more<K: Kind>() {
    let weak = {
        let strong = Object::<K>::strong(());
        Strong::downgrade(&strong)
    };
    let ((), usage) = count(|| {
        for _ in 0..10 {
            assert!(weak.upgrade().is_none());
            drop(weak.clone());
        }
    });
    assert_eq!((usage.allocations, usage.frees), (0, 0));
}

fn withdrawn_notice_is_freed_by_the_next_drain<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let strong = Object::<K>::strong(());
    let entries = [graveyard.watch(&strong, 1), graveyard.watch(&strong, 2)];
    drop(strong);
    let ((), usage) = count(|| drop(entries));
    assert_eq!(
        (usage.allocations, usage.frees),
        (0, 0),
        "the notices own what they pin"
    );
    let (none, usage) = count(|| graveyard.next_dead());
    assert!(none.is_none());
    assert_eq!((usage.allocations, usage.frees), (0, 2), "node and slot");
}

/// A shell is at most 160 bytes whatever the small object was; a larger one leaves the counts only.
#[test]
fn shells_are_small() {
    trait Any: WeakReferenceable<Slot = weakref::SyncSlot> {}
    trait LocalAny: WeakReferenceable<Slot = weakref::LocalSlot> {}

    #[repr(align(16))]
    struct Aligned<const N: usize>([u8; N]);
    #[repr(align(16))]
    struct LocalAligned<const N: usize>([u8; N]);
    struct Bytes<const N: usize>([u8; N]);
    struct LocalBytes<const N: usize>([u8; N]);
    macro_rules! flavours {
        ($($sync:ident $local:ident),*) => {$(
            impl<const N: usize> WeakReferenceable for $sync<N> { type Slot = weakref::SyncSlot; }
            impl<const N: usize> Any for $sync<N> {}
            impl<const N: usize> WeakReferenceable for $local<N> { type Slot = weakref::LocalSlot; }
            impl<const N: usize> LocalAny for $local<N> {}
        )*};
    }
    flavours!(Bytes LocalBytes, Aligned LocalAligned);

    fn shell<T: ?Sized + WeakReferenceable>(make: impl FnOnce() -> Strong<T>) -> usize {
        let (weak, usage) = count(|| Strong::downgrade(&make()));
        drop(weak);
        usage.held_bytes.unsigned_abs()
    }
    macro_rules! sizes {
        ($($size:literal)*) => {[$(
            ($size, [
                shell(|| coerce!(Strong::new(Bytes([0; $size])) => dyn Any)),
                shell(|| coerce!(Strong::new(LocalBytes([0; $size])) => dyn LocalAny)),
                shell(|| coerce!(Strong::new(Aligned([0; $size])) => dyn Any)),
                shell(|| coerce!(Strong::new(LocalAligned([0; $size])) => dyn LocalAny)),
            ]),
        )*]};
    }
    for (size, shells) in sizes!(0 1 8 16 31 32 64 96 112 113 127 128 129 144 145 1000) {
        let limit = if size <= 128 { 160 } else { 40 };
        assert!(
            shells.iter().all(|shell| (24..=limit).contains(shell)),
            "{size}: {shells:?}"
        );
    }
}

fn finalizers_are_found_in_room_for_as_many<K: Kind>() {
    let strong = Object::<K, _>::strong(());
    // Callbacks take none.
    let _watched = [(); 3].map(|()| K::on_death(&strong, |_| ()));
    let each = size_of::<usize>() + size_of::<Finalizer<Object<K, ()>>>();
    for number in 0..7 {
        let (finalizers, usage) = count(|| Strong::finalizers(&strong));
        assert_eq!(finalizers.len(), number);
        // Their nodes, and handles of them. A vector begins with room for four.
        let room = if number == 0 { 0 } else { number.max(4) };
        let peak = usage.peak_bytes.unsigned_abs();
        assert!(peak <= room * each, "{peak} bytes for {number}");
        K::at_end(&strong, drop, ());
    }
}

/// The queue of a deep death is all that it allocates, and it is given back.
#[test]
fn deep_death_gives_its_queue_back() {
    #[derive(WeakReferenceable)]
    struct Link(#[expect(dead_code, reason = "dropped")] Option<Strong<Link>>);
    let length: usize = if cfg!(miri) { 300 } else { 1_000 };
    let chain = (0..length).fold(None, |next, _| Some(Strong::new(Link(next))));
    let ((), usage) = count(|| drop(chain));
    assert_eq!(usage.held_blocks, -length.cast_signed());
    assert!(
        (1..=2).contains(&usage.allocations),
        "{}",
        usage.allocations
    );
}

/// Captures are freed with their callback, on the thread of the death.
#[test]
fn what_outlives_the_thread_that_it_belongs_to_keeps_nothing_for_it() {
    let references = std::thread::spawn(|| {
        let object = Strong::new(LocalObject(()));
        [(); 100].map(|()| SendWeak::new(&object))
    });
    let references = references.join().unwrap();
    let ((), usage) = count(|| drop(references));
    assert_eq!(usage.allocations, 0, "nobody is to be told");
}

#[test]
fn captures_go_with_their_callback() {
    let strong = Object::<crate::support::kind::LocalSmall>::strong(());
    let captured = OneThread::new(Box::new([0_u8; 5000]));
    let reference = WeakRef::with_callback(&strong, move |_| drop(captured));
    let before = alloc::large_frees();
    drop(strong);
    assert_eq!(alloc::large_frees() - before, 1);
    drop(reference);
    assert_eq!(alloc::large_frees() - before, 1);
}
