//! What scenarios put into objects and closures: loom reports accesses that nothing orders, and the
//! counts say what happened how often in an execution.

use core::mem::ManuallyDrop;
use std::cell::Cell;

use loom::cell::UnsafeCell;
use weakref::watch::{Graveyard, Watched};
use weakref::{Strong, SyncSlot, WeakReferenceable};

thread_local! {
    static DROPS: Cell<usize> = const { Cell::new(0) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

pub(crate) fn begin() {
    DROPS.set(0);
    CALLS.set(0);
}

/// Values and captures that were dropped.
pub(crate) fn drops() -> usize {
    DROPS.get()
}

/// Callbacks that ran.
pub(crate) fn calls() -> usize {
    CALLS.get()
}

const ALIVE: u32 = 0x600d;
const DEAD: u32 = 0xdead;

/// A value: colocated with its counts, or in an allocation of its own with some `PAD`.
pub(crate) struct Value<const PAD: usize> {
    cell: UnsafeCell<u32>,
    _pad: [u64; PAD],
}

pub(crate) type Small = Value<0>;

// SAFETY: loom checks every access.
unsafe impl<const PAD: usize> Sync for Value<PAD> {}

impl<const PAD: usize> WeakReferenceable for Value<PAD> {
    type Slot = SyncSlot;
}

impl<const PAD: usize> Value<PAD> {
    pub(crate) fn new() -> Self {
        Self {
            cell: UnsafeCell::new(ALIVE),
            _pad: [0; PAD],
        }
    }

    pub(crate) fn read(&self) {
        // SAFETY: loom reports a write at the same time.
        let found = self.cell.with(|value| unsafe { *value });
        assert_eq!(found, ALIVE, "a value was read after its end");
    }

    pub(crate) fn write(&mut self) {
        self.read();
        // SAFETY: loom reports an access at the same time.
        self.cell.with_mut(|value| unsafe { *value = ALIVE });
    }
}

impl<const PAD: usize> Drop for Value<PAD> {
    fn drop(&mut self) {
        self.read();
        // SAFETY: as in `write`.
        self.cell.with_mut(|value| unsafe { *value = DEAD });
        DROPS.set(DROPS.get() + 1);
    }
}

/// A container, the object that it has an entry for, and that entry, whose token is 7.
pub(crate) type OneEntry = (Graveyard<SyncSlot>, Strong<Small>, Watched<Small>);

/// An entry in the inline place of the list.
pub(crate) fn watched() -> OneEntry {
    let mut graveyard = Graveyard::new();
    let strong = Strong::new(Small::new());
    let entry = graveyard.watch(&strong, 7);
    (graveyard, strong, entry)
}

/// An entry that is a node of the list: another took the inline place, and is gone.
pub(crate) fn watched_by_a_node() -> OneEntry {
    let mut graveyard = Graveyard::new();
    let strong = Strong::new(Small::new());
    let inline = graveyard.watch(&strong, 6);
    let entry = graveyard.watch(&strong, 7);
    drop(inline);
    (graveyard, strong, entry)
}

/// A value that needs no drop. Loom keeps its cell until the execution is over.
pub(crate) struct Plain<const PAD: usize> {
    cell: ManuallyDrop<UnsafeCell<u32>>,
    _pad: [u64; PAD],
}

// SAFETY: loom checks every access.
unsafe impl<const PAD: usize> Sync for Plain<PAD> {}

impl<const PAD: usize> WeakReferenceable for Plain<PAD> {
    type Slot = SyncSlot;
}

impl<const PAD: usize> Plain<PAD> {
    pub(crate) fn new() -> Self {
        const { assert!(!core::mem::needs_drop::<Self>()) };
        Self {
            cell: ManuallyDrop::new(UnsafeCell::new(ALIVE)),
            _pad: [0; PAD],
        }
    }

    pub(crate) fn read(&self) {
        // SAFETY: loom reports a write at the same time.
        let found = self.cell.with(|value| unsafe { *value });
        assert_eq!(found, ALIVE);
    }
}

/// What a callback owns.
pub(crate) struct Capture(Small);

impl Capture {
    pub(crate) fn new() -> Self {
        Self(Small::new())
    }

    /// The callback's body.
    pub(crate) fn call(&mut self) {
        self.0.write();
        CALLS.set(CALLS.get() + 1);
    }
}
