//! Values of every size and alignment that changes anything, sized and behind `dyn`, in both flavours.

use std::cell::Cell;
use std::rc::Rc;

use weakref::watch::Graveyard;
use weakref::{LocalSlot, Slot, Strong, SyncSlot, WeakRef, WeakReferenceable, coerce};

use crate::support::{leaves_nothing, rounds};

thread_local! {
    /// Values dropped on this thread.
    static DROPS: Cell<usize> = const { Cell::new(0) };
}

/// An alignment.
trait Align: Copy + Default + 'static {}

macro_rules! aligns {
    ($($name:ident $align:literal;)*) => {$(
        #[derive(Clone, Copy, Default)]
        #[repr(align($align))]
        struct $name;
        impl Align for $name {}
    )*};
}

aligns! {
    A1 1; A2 2; A4 4; A8 8; A16 16; A32 32; A64 64; A128 128; A256 256; A512 512; A1024 1024; A2048 2048; A4096 4096;
}

/// A value of a flavour, an alignment and a number of bytes, which hold a pattern.
struct Value<S, A, const N: usize> {
    bytes: [u8; N],
    _align: A,
    _slot: std::marker::PhantomData<S>,
}

impl<S: Slot, A: Align, const N: usize> WeakReferenceable for Value<S, A, N> {
    type Slot = S;
}

impl<S, A, const N: usize> Drop for Value<S, A, N> {
    fn drop(&mut self) {
        assert!(is_pattern(&self.bytes));
        self.bytes.fill(0xff);
        DROPS.set(DROPS.get() + 1);
    }
}

/// The bytes that are looked at: all, or those at both ends where every step is interpreted.
fn places(length: usize) -> impl Iterator<Item = usize> {
    let first = rounds(length, 16).min(length);
    let last = length.saturating_sub(16).max(first);
    (0..first).chain(last..length)
}

fn is_pattern(bytes: &[u8]) -> bool {
    places(bytes.len()).all(|at| usize::from(bytes[at]) == at % 251)
}

impl<S: Slot, A: Align, const N: usize> Value<S, A, N> {
    fn new() -> Self {
        let mut bytes = [0; N];
        for at in places(N) {
            bytes[at] = u8::try_from(at % 251).unwrap();
        }
        Self {
            bytes,
            _align: A::default(),
            _slot: std::marker::PhantomData,
        }
    }
}

/// What is checked without knowing the size.
trait Checked<S: Slot>: WeakReferenceable<Slot = S> {
    fn check(&self);
}

impl<S: Slot, A: Align, const N: usize> Checked<S> for Value<S, A, N> {
    fn check(&self) {
        assert_eq!((&raw const *self).addr() % align_of::<Self>(), 0);
        assert!(is_pattern(&self.bytes));
    }
}

/// The values that were dropped meanwhile.
fn dropped(body: impl FnOnce()) -> usize {
    let before = DROPS.get();
    body();
    DROPS.get() - before
}

/// Handles to one object, sized or not, through everything that looks at its layout.
fn handles<S: Slot, T: ?Sized + Checked<S>>(strong: Strong<T>) {
    strong.check();
    let weak = Strong::downgrade(&strong);
    assert_eq!(weak.id(), Strong::id(&strong));
    let upgraded = weak.upgrade().unwrap();
    upgraded.check();
    assert!(std::ptr::addr_eq(
        Strong::as_ptr(&upgraded),
        Strong::as_ptr(&strong)
    ));
    let raw = Strong::into_raw(upgraded);
    // SAFETY: it came from `into_raw`, and is taken back once.
    let upgraded = unsafe { Strong::from_raw(raw) };
    let mut graveyard = Graveyard::new();
    let [inline, node, withdrawn, ended] =
        [1, 2, 3, 4].map(|token| graveyard.watch(&strong, token));
    drop(ended);
    assert_eq!(dropped(|| drop(strong)), 0);
    assert_eq!(dropped(|| drop(upgraded)), 1);
    assert!(weak.upgrade().is_none());
    drop(withdrawn);
    assert_eq!(graveyard.dead(), 2);
    while graveyard.next_dead().is_some() {}
    // The block goes with whichever is last.
    drop((inline, weak));
    drop(node);
}

/// The block goes with the drain of a notice that was withdrawn.
fn withdrawn_last<S: Slot, T: ?Sized + Checked<S>>(strong: Strong<T>) {
    let mut graveyard = Graveyard::new();
    let entry = graveyard.watch(&strong, 1);
    drop(strong);
    drop(entry);
    assert_eq!(graveyard.next_dead(), None);
}

fn value<S: Slot, A: Align, const N: usize>() {
    type Of<S, A, const N: usize> = Value<S, A, N>;
    let new = || Strong::new(Of::<S, A, N>::new());
    handles(new());
    handles::<S, dyn Checked<S>>(coerce!(new() => dyn Checked<S>));
    handles::<S, Of<S, A, N>>(Strong::from(Box::new(Of::<S, A, N>::new())));
    handles::<S, dyn Checked<S>>(Strong::from(
        Box::new(Of::<S, A, N>::new()) as Box<dyn Checked<S>>
    ));
    withdrawn_last::<S, _>(new());
    withdrawn_last::<S, dyn Checked<S>>(coerce!(new() => dyn Checked<S>));
    assert_eq!(dropped(|| drop(new())), 1, "unique");

    let weak = Strong::downgrade(&new());
    let weak: WeakRef<dyn Checked<S>> = coerce!(weak => dyn Checked<S>);
    assert!(weak.upgrade().is_none(), "coerced after its death");

    let strong = new();
    let kept = Strong::downgrade(&strong);
    let inner = Strong::into_inner(strong).unwrap();
    inner.check();
    assert!(kept.upgrade().is_none());
    assert_eq!(dropped(|| drop(inner)), 1);

    let seen = Rc::new(Cell::new(0));
    let cyclic = Strong::new_cyclic(|this| {
        assert!(this.upgrade().is_none());
        seen.set(this.weak_count() + 1);
        Of::<S, A, N>::new()
    });
    cyclic.check();
    assert_eq!((seen.get(), Strong::weak_count(&cyclic)), (1, 0));
}

macro_rules! layouts {
    ($($test:ident: $($align:ident $($size:literal)*),*;)*) => {$(
        #[test]
        fn $test() {
            leaves_nothing(|| {
                $($(
                    value::<LocalSlot, $align, $size>();
                    value::<SyncSlot, $align, $size>();
                )*)*
            });
        }
    )*};
}

layouts! {
    bytes: A1 0 1 7 24 127 128 129 136 1000;
    aligned_like_words: A2 2 128 130, A4 4 128 132, A8 0 8 120 128 136;
    aligned_as_far_as_colocated: A16 0 16 112 128 144 4096;
    aligned_further: A32 0 32 128, A64 0 64, A128 128, A256 0 512;
    aligned_to_pages: A512 512, A1024 0, A2048 2048, A4096 0 1 8192;
}
