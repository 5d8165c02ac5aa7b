//! What the types are, whatever they do: `Send`, `Sync`, `Unpin`, `UnwindSafe`, sizes, niches, and what they lack.
//!
//! The assertions are made by the compiler; the tests exist so that they are counted.

use std::cell::Cell;
use std::fmt;
use std::hash::Hash;
use std::marker::{PhantomData, PhantomPinned};
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

use static_assertions::{
    assert_eq_size, assert_impl_all, assert_not_impl_any, assert_obj_safe, const_assert,
    const_assert_eq,
};
use weakref::watch::{Burial, Bury, Graveyard, Group, Notice, Shard, Watched};
use weakref::{
    CallbackRef, Construction, LocalSlot, ObjectId, ReferenceError, Slot, Source, Strong, SyncSlot,
    Unraisable, WeakRef, WeakReference, WeakReferenceable,
};

/// A referent of a flavour, with the markers of what it holds.
struct Sync_<P: 'static>(PhantomData<P>);
struct Local<P: 'static>(PhantomData<P>);

impl<P> WeakReferenceable for Sync_<P> {
    type Slot = SyncSlot;
}

impl<P> WeakReferenceable for Local<P> {
    type Slot = LocalSlot;
}

type Both = u32;
/// `Send`, not `Sync`.
type SendOnly = Cell<u32>;
/// `Sync`, not `Send`.
type SyncOnly = std::sync::MutexGuard<'static, u32>;
type Neither = *mut u32;

trait Shared: WeakReferenceable<Slot = SyncSlot> + Send + Sync {}
trait Unshared: WeakReferenceable<Slot = SyncSlot> {}
trait LocalTrait: WeakReferenceable<Slot = LocalSlot> + Send + Sync {}

/// A type with an unsized tail.
#[derive(WeakReferenceable)]
struct Tail<T: ?Sized>(#[expect(dead_code, reason = "its layout")] u8, T);

#[test]
fn handles_are_send_and_sync_with_a_shared_slot_and_value_only() {
    macro_rules! check {
        ($($handle:ident)*) => {$(
            assert_impl_all!($handle<Sync_<Both>>: Send, Sync);
            assert_impl_all!($handle<dyn Shared>: Send, Sync);
            assert_impl_all!($handle<Tail<[u8]>>: Send, Sync);
            assert_not_impl_any!($handle<Sync_<SendOnly>>: Send, Sync);
            assert_not_impl_any!($handle<Sync_<SyncOnly>>: Send, Sync);
            assert_not_impl_any!($handle<Sync_<Neither>>: Send, Sync);
            assert_not_impl_any!($handle<dyn Unshared>: Send, Sync);
            assert_not_impl_any!($handle<Local<Both>>: Send, Sync);
            assert_not_impl_any!($handle<Local<Neither>>: Send, Sync);
            assert_not_impl_any!($handle<dyn LocalTrait>: Send, Sync);
        )*};
    }
    check!(Strong WeakRef CallbackRef Watched);
    assert_not_impl_any!(Construction<Sync_<Both>>: Send, Sync, Clone);
    assert_not_impl_any!(Construction<Local<Both>>: Send, Sync, Clone);
    assert_impl_all!(Graveyard<SyncSlot>: Send, Sync);
    assert_not_impl_any!(Graveyard<LocalSlot>: Send, Sync);
    assert_not_impl_any!(Burial<'static>: Send, Sync, Clone);
    assert_impl_all!(Notice: Send, Sync, Copy);
    assert_impl_all!(ObjectId: Send, Sync, Copy, Ord, Hash);
    assert_impl_all!(ReferenceError: Send, Sync, Copy, std::error::Error);
    assert_impl_all!(Source: Send, Sync, Copy);
    assert_not_impl_any!(Unraisable<'static>: Sync);
}

/// A container of a flavour, with the markers of what is in it; what comes out has its own.
struct Inside<S, P, E>(PhantomData<P>, PhantomData<fn() -> (S, E)>);

impl<S: Slot, P, E: 'static> Bury for Inside<S, P, E> {
    type Slot = S;
    type Entry = E;

    fn take_dead(&mut self) -> Option<E> {
        None
    }
}

#[test]
fn shards_are_send_and_sync_with_a_shared_slot_contents_and_entries_only() {
    type Sync_<P, E> = Shard<Inside<SyncSlot, P, E>>;
    type Local<P, E> = Shard<Inside<LocalSlot, P, E>>;
    assert_impl_all!(Sync_<Both, Both>: Send, Sync);
    // Several read it at a time, and any thread may change it.
    assert_impl_all!(Sync_<SendOnly, Both>: Send);
    assert_not_impl_any!(Sync_<SendOnly, Both>: Sync);
    assert_not_impl_any!(Sync_<SyncOnly, Both>: Send, Sync);
    // Any thread may drop what came out, and no two have it.
    assert_impl_all!(Sync_<Both, SendOnly>: Send, Sync);
    assert_not_impl_any!(Sync_<Both, SyncOnly>: Send, Sync);
    assert_not_impl_any!(Sync_<Neither, Neither>: Send, Sync);
    assert_not_impl_any!(Local<Both, Both>: Send, Sync);
    assert_impl_all!(Sync_<SendOnly, SendOnly>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(Local<SendOnly, SendOnly>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(Group: Send, Sync, Copy, Eq, fmt::Debug);
}

#[test]
fn finalizers_are_send_and_sync_like_handles() {
    use weakref::{Action, Finalizer};
    assert_impl_all!(Finalizer<Sync_<Both>, Neither>: Send, Sync);
    assert_not_impl_any!(Finalizer<Sync_<SendOnly>>: Send, Sync);
    assert_not_impl_any!(Finalizer<Local<Both>>: Send, Sync);
    assert_impl_all!(Action<Sync_<Both>, Neither>: Send);
    assert_not_impl_any!(Action<Sync_<Both>, ()>: Sync, Clone);
    assert_not_impl_any!(Action<Local<Both>, ()>: Send, Sync);
}

#[test]
fn handles_are_unpin_and_unwind_safe_as_rc() {
    struct Pinned(PhantomPinned, Cell<u32>);
    impl WeakReferenceable for Pinned {
        type Slot = SyncSlot;
    }
    macro_rules! check {
        ($($handle:ident)*) => {$(
            assert_impl_all!($handle<Pinned>: Unpin);
            assert_impl_all!($handle<dyn Unshared>: Unpin);
            assert_impl_all!($handle<Sync_<Both>>: UnwindSafe, RefUnwindSafe);
            assert_impl_all!($handle<Local<Both>>: UnwindSafe, RefUnwindSafe);
            assert_not_impl_any!($handle<Pinned>: UnwindSafe, RefUnwindSafe);
        )*};
    }
    assert_impl_all!(std::rc::Rc<u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(std::rc::Rc<Cell<u32>>: UnwindSafe, RefUnwindSafe);
    check!(Strong WeakRef CallbackRef Watched);
    assert_impl_all!(Graveyard<SyncSlot>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(Graveyard<LocalSlot>: UnwindSafe, RefUnwindSafe);
    // A pinned handle gives no way to its target but a shared reference.
    assert_not_impl_any!(Strong<Pinned>: DerefMut);
    let pinned = Strong::pin(Pinned(PhantomPinned, Cell::new(3)));
    assert_eq!(pinned.1.get(), 3);
}

#[test]
fn sizes_and_niches() {
    type Thin = Sync_<Both>;
    assert_eq_size!(Strong<Thin>, WeakRef<Thin>, usize);
    assert_eq_size!(Strong<Local<Both>>, WeakRef<Local<Both>>, usize);
    assert_eq_size!(Option<Strong<Thin>>, Option<WeakRef<Thin>>, usize);
    assert_eq_size!(
        Strong<dyn Shared>,
        WeakRef<dyn Shared>,
        Strong<Tail<[u8]>>,
        [usize; 2]
    );
    assert_eq_size!(
        Option<Strong<dyn Shared>>,
        Option<WeakRef<dyn Shared>>,
        Option<WeakRef<Tail<[u8]>>>,
        [usize; 2]
    );
    assert_eq_size!(CallbackRef<Thin>, Option<CallbackRef<Thin>>, [usize; 3]);
    assert_eq_size!(Watched<Thin>, Option<Watched<Thin>>, [usize; 2]);
    assert_eq_size!(Graveyard<SyncSlot>, Graveyard<LocalSlot>, [usize; 3]);
    assert_eq_size!(ObjectId, usize);
    const_assert_eq!(size_of::<ReferenceError>(), size_of::<usize>());
    const_assert!(size_of::<LocalSlot>() == 0 && size_of::<SyncSlot>() == 0);
}

#[test]
fn r44_weak_references_have_no_order() {
    macro_rules! check {
        ($($handle:ident)*) => {$(
            assert_not_impl_any!($handle<Sync_<Both>>: PartialOrd, Ord);
            assert_not_impl_any!($handle<Local<Both>>: PartialOrd, Ord);
        )*};
    }
    check!(WeakRef CallbackRef Watched);
    // Not even where the referent has one; there the strong handle does.
    #[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
    struct Ordered;
    impl WeakReferenceable for Ordered {
        type Slot = LocalSlot;
    }
    assert_not_impl_any!(WeakRef<Ordered>: PartialOrd, Ord);
    assert_impl_all!(Strong<Ordered>: Ord, Hash);
}

#[test]
fn traits_that_are_there_and_that_are_not() {
    type Plain = Sync_<Both>;
    assert_impl_all!(WeakRef<Plain>: Clone, Eq, Hash, Default, fmt::Debug, WeakReference);
    assert_impl_all!(CallbackRef<Plain>: fmt::Debug, Deref<Target = WeakRef<Plain>>, WeakReference);
    assert_impl_all!(Watched<Plain>: fmt::Debug, Deref<Target = WeakRef<Plain>>);
    assert_impl_all!(Strong<Plain>: Clone, From<Plain>, From<Box<Plain>>, AsRef<Plain>, Deref<Target = Plain>, fmt::Pointer);
    // What the value does not have, the handle has not: by value, as `Rc`.
    assert_not_impl_any!(Strong<Plain>: PartialEq, Hash, PartialOrd, fmt::Debug, fmt::Display, Default, DerefMut, Copy);
    // One owner of a callback or an entry.
    assert_not_impl_any!(CallbackRef<Plain>: Clone, DerefMut);
    assert_not_impl_any!(Watched<Plain>: Clone, DerefMut);
    assert_not_impl_any!(Graveyard<SyncSlot>: Clone);
    // No weak reference gives `&T` without a strong handle.
    assert_not_impl_any!(WeakRef<Plain>: Deref, AsRef<Plain>, std::borrow::Borrow<Plain>, Copy);
    assert_obj_safe!(Shared, Unshared, LocalTrait);
    assert_impl_all!(dyn Shared: WeakReferenceable);
    assert_impl_all!(Tail<[u8]>: WeakReferenceable);
}
