//! The referent by which containers with weak keys are tested, and how those are made in every kind.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::{KeyMap, PairMap, Set, Shares};

use super::{Hook, Mark, On, Payload, Tally};
use crate::support::kind::{Kind, Object};

/// Its `Hash`, `Eq` and `Drop` first do what [`during`](super::during) says on this thread.
pub(crate) struct Member<K: Kind> {
    pub(crate) id: u32,
    /// Tells equal ones apart.
    pub(crate) mark: u32,
    _body: K::Body,
    _mark: Mark,
}

impl<K: Kind> WeakReferenceable for Member<K> {
    type Slot = K::Slot;
}

impl<K: Kind> Hash for Member<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Hook::run(On::Hash);
        self.id.hash(state);
    }
}

impl<K: Kind> PartialEq for Member<K> {
    fn eq(&self, other: &Self) -> bool {
        Hook::run(On::Eq);
        self.id == other.id
    }
}

impl<K: Kind> Eq for Member<K> {}

impl<K: Kind> Borrow<u32> for Member<K> {
    fn borrow(&self) -> &u32 {
        &self.id
    }
}

impl<K: Kind> fmt::Debug for Member<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member({}, {})", self.id, self.mark)
    }
}

impl<K: Kind> Drop for Member<K> {
    fn drop(&mut self) {
        Hook::run(On::KeyDrop);
    }
}

pub(crate) fn counted<K: Kind>(id: u32, mark: u32, tally: &Tally) -> Strong<Member<K>> {
    Strong::new(Member {
        id,
        mark,
        _body: K::Body::default(),
        _mark: tally.mark(),
    })
}

pub(crate) fn member<K: Kind>(id: u32, mark: u32) -> Strong<Member<K>> {
    counted(id, mark, &Tally::default())
}

/// A kind whose containers with weak keys can be made, by value or by identity: all, by code that is generic over
/// the slot.
pub(crate) trait Keyed: Kind {
    fn set<S, M>(hasher: S) -> Set<Member<Self>, S, M>;
    fn key_map<S, M>(hasher: S) -> KeyMap<Member<Self>, Payload, S, M>;
    fn pair_map<S, M>(hasher: S) -> PairMap<Member<Self>, Object<Self, Payload>, S, M>;
}

impl<K: Kind> Keyed for K
where
    K::Slot: Shares<Member<K>> + Shares<Member<K>, Payload> + Shares<Member<K>, Object<K, Payload>>,
{
    fn set<S, M>(hasher: S) -> Set<Member<Self>, S, M> {
        Set::with_hasher(hasher)
    }

    fn key_map<S, M>(hasher: S) -> KeyMap<Member<Self>, Payload, S, M> {
        KeyMap::with_hasher(hasher)
    }

    fn pair_map<S, M>(hasher: S) -> PairMap<Member<Self>, Object<Self, Payload>, S, M> {
        PairMap::with_hasher(hasher)
    }
}
