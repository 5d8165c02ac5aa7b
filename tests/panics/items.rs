//! The user's types: what stands in containers, what looks it up, what hashes it.

use core::marker::PhantomData;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};

use serde_core::{Serialize, Serializer};
use weakref::{FinalizerSafe, Slot, Strong, SyncSlot, WeakReferenceable};

use crate::world::{Tag, end_doomed, is_armed, tick};

/// What an item is compared by. Numbers that are equal modulo 256 have one hash.
pub(crate) struct Query(pub(crate) u32);

/// An object of either flavour, all of whose traits are user code.
pub(crate) struct Item<S> {
    pub(crate) query: Query,
    tag: Tag,
    slot: PhantomData<fn() -> S>,
}

/// What a container owns.
pub(crate) type Key = Item<SyncSlot>;

impl<S: Slot> WeakReferenceable for Item<S> {
    type Slot = S;
}

impl<S> FinalizerSafe for Item<S> {}

impl<S> Item<S> {
    pub(crate) fn new(number: u32) -> Self {
        Self {
            query: Query(number),
            tag: Tag::new(),
            slot: PhantomData,
        }
    }

    pub(crate) fn number(&self) -> u32 {
        self.query.0
    }
}

pub(crate) fn item<S: Slot>(number: u32) -> Strong<Item<S>> {
    Strong::new(Item::new(number))
}

impl Hash for Query {
    fn hash<H: Hasher>(&self, state: &mut H) {
        tick();
        (self.0 & 0xff).hash(state);
    }
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        tick();
        let is_equal = self.0 == other.0;
        if is_armed() {
            end_doomed();
        }
        is_equal
    }
}

impl Eq for Query {}

impl PartialOrd for Query {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Query {
    fn cmp(&self, other: &Self) -> Ordering {
        tick();
        self.0.cmp(&other.0)
    }
}

impl ToOwned for Query {
    type Owned = Key;

    fn to_owned(&self) -> Key {
        tick();
        Key::new(self.0)
    }
}

impl<S> Borrow<Query> for Item<S> {
    fn borrow(&self) -> &Query {
        tick();
        &self.query
    }
}

impl<S> Hash for Item<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.query.hash(state);
    }
}

impl<S> PartialEq for Item<S> {
    fn eq(&self, other: &Self) -> bool {
        self.query == other.query
    }
}

impl<S> Eq for Item<S> {}

impl<S> PartialOrd for Item<S> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<S> Ord for Item<S> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.query.cmp(&other.query)
    }
}

impl<S> Clone for Item<S> {
    fn clone(&self) -> Self {
        tick();
        let clone = Self::new(self.query.0);
        if is_armed() {
            end_doomed();
        }
        clone
    }
}

impl<S> Serialize for Item<S> {
    fn serialize<F: Serializer>(&self, format: F) -> Result<F::Ok, F::Error> {
        tick();
        if is_armed() {
            end_doomed();
        }
        format.serialize_u32(self.number())
    }
}

impl<S> Default for Item<S> {
    fn default() -> Self {
        tick();
        Self::new(0)
    }
}

impl<S> fmt::Debug for Item<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tick();
        let _ = &self.tag;
        write!(f, "Item({})", self.query.0)
    }
}

impl<S> fmt::Display for Item<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tick();
        write!(f, "{}", self.query.0)
    }
}

/// A hasher's builder that may panic in all that it does.
pub(crate) struct Build(#[expect(dead_code, reason = "its end is user code")] Tag);

impl Build {
    pub(crate) fn new() -> Self {
        Self(Tag::new())
    }
}

impl BuildHasher for Build {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        tick();
        DefaultHasher::new()
    }
}

impl Clone for Build {
    fn clone(&self) -> Self {
        tick();
        Self::new()
    }
}

impl Default for Build {
    fn default() -> Self {
        tick();
        Self::new()
    }
}

/// A closure whose call and whose captures' end are user code.
pub(crate) fn user<R>(f: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let captured = Tag::new();
    move || {
        tick();
        let result = f();
        // Before the result is returned: what a panic of this drop does to it is the closure's own affair.
        let captured = captured;
        drop(captured);
        result
    }
}

/// As [`user`], called any number of times with two arguments.
pub(crate) fn asked<A: ?Sized, B: ?Sized>(
    mut f: impl FnMut(&A, &B) -> bool,
) -> impl FnMut(&A, &B) -> bool {
    let captured = Tag::new();
    move |a, b| {
        let _ = &captured;
        tick();
        f(a, b)
    }
}

/// As [`user`], called any number of times with a key and a value to change.
pub(crate) fn item_mut<A: ?Sized, B: ?Sized>(
    mut f: impl FnMut(&A, &mut B) -> bool,
) -> impl FnMut(&A, &mut B) -> bool {
    let captured = Tag::new();
    move |a, b| {
        let _ = &captured;
        tick();
        f(a, b)
    }
}

/// As [`user`], called any number of times with one argument.
pub(crate) fn asked_one<A: ?Sized>(mut f: impl FnMut(&A) -> bool) -> impl FnMut(&A) -> bool {
    let captured = Tag::new();
    move |a| {
        let _ = &captured;
        tick();
        f(a)
    }
}

/// The error of a constructor.
pub(crate) struct Refused(#[expect(dead_code, reason = "its end is user code")] pub(crate) Tag);
