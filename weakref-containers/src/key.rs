//! What makes two weakly held keys the same one: their values, or which objects they are.

use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use weakref::{CallbackRef, ObjectId, Strong, WeakRef, WeakReferenceable};

/// Keys are the same when `Eq` says so; the keying of [`WeakKeyMap`](crate::WeakKeyMap),
/// [`WeakPairMap`](crate::WeakPairMap) and [`WeakSet`](crate::WeakSet).
#[derive(Clone, Copy, Debug)]
pub struct ByValue;

/// Keys are the same when they are one object; the keying of
/// [`IdentityWeakKeyMap`](crate::IdentityWeakKeyMap),
/// [`IdentityWeakPairMap`](crate::IdentityWeakPairMap) and
/// [`IdentityWeakSet`](crate::IdentityWeakSet). Asks nothing of the key's type, calls none of its
/// code, and is not confused by keys that change.
#[derive(Clone, Copy, Debug)]
pub struct ByIdentity;

/// [`ByValue`], for keys with `Hash` and `Eq`, or [`ByIdentity`], for all. Sealed.
#[diagnostic::on_unimplemented(
    message = "objects of type `{K}` cannot be keys by value",
    label = "`{K}` has no `Hash` and `Eq`",
    note = "derive `Hash`, `PartialEq` and `Eq` for it, or use the container's `Identity` twin"
)]
pub trait Keying<K: ?Sized + WeakReferenceable>: sealed::Keying<K> + Sized {
    /// What a key is looked up as.
    #[doc(hidden)]
    type Query: ?Sized + Lookup<K, Self>;

    #[doc(hidden)]
    fn query(key: &Strong<K>) -> &Self::Query;
}

/// What a key of type `K` can be looked up by: with [`ByValue`], anything that `K` borrows as; with
/// [`ByIdentity`], anything that [has an id](HasId). Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a key of type `{K}` can be looked up by",
    label = "neither a borrowed form of `{K}` nor something with an object's id",
    note = "by value, pass a `&{K}`, which of a handle is `&*handle`, or what `{K}` implements `Borrow` for; by identity, pass a `&Strong`, a `&WeakRef` or an `&ObjectId`"
)]
pub trait Lookup<K: ?Sized + WeakReferenceable, M>: sealed::Lookup<K, M> {
    #[doc(hidden)]
    fn hash_in<S: BuildHasher>(&self, hash_builder: &S) -> u64;

    /// Returns the stored key if it is alive and matches.
    #[doc(hidden)]
    fn find(&self, stored: &WeakRef<K>) -> Option<Strong<K>>;

    /// Whether `key` matches.
    #[doc(hidden)]
    fn is(&self, key: &Strong<K>) -> bool;

    /// Whether `find` would find it.
    #[doc(hidden)]
    fn is_at(&self, stored: &WeakRef<K>) -> bool;
}

/// What stands for one object: its handles, strong and weak, and its id.
///
/// An [`ObjectId`] is not used again while a handle of its object exists, dead or alive; one that
/// was kept for longer may be that of a new object.
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::IdentityWeakKeyMap;
///
/// #[derive(WeakReferenceable)]
/// struct Player;
///
/// let player = Strong::new(Player);
/// let scores = IdentityWeakKeyMap::from([(&player, 10)]);
/// assert_eq!(scores[&player], 10);
/// assert_eq!(scores[&Strong::downgrade(&player)], 10);
/// assert_eq!(scores[&Strong::id(&player)], 10);
/// ```
pub trait HasId {
    /// The id of the object.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Player;
    /// use weakref_containers::HasId;
    ///
    /// let player = Strong::new(Player);
    /// assert_eq!(player.object_id(), Strong::downgrade(&player).object_id());
    /// ```
    fn object_id(&self) -> ObjectId;
}

// So that the compiler shows the message of `Keying`.
#[diagnostic::do_not_recommend]
impl<K: ?Sized + WeakReferenceable + Hash + Eq> Keying<K> for ByValue {
    type Query = K;

    #[inline]
    fn query(key: &Strong<K>) -> &K {
        key
    }
}

impl<K: ?Sized + WeakReferenceable> Keying<K> for ByIdentity {
    type Query = Strong<K>;

    #[inline]
    fn query(key: &Strong<K>) -> &Strong<K> {
        key
    }
}

#[diagnostic::do_not_recommend]
impl<K, Q> Lookup<K, ByValue> for Q
where
    K: ?Sized + WeakReferenceable + Borrow<Q>,
    Q: ?Sized + Hash + Eq,
{
    #[inline]
    fn hash_in<S: BuildHasher>(&self, hash_builder: &S) -> u64 {
        hash_builder.hash_one(self)
    }

    #[inline]
    fn find(&self, stored: &WeakRef<K>) -> Option<Strong<K>> {
        stored.upgrade().filter(|key| self.is(key))
    }

    #[inline]
    fn is(&self, key: &Strong<K>) -> bool {
        (**key).borrow() == self
    }

    // On one thread little is left of it once the upgrade and its end have met in the caller.
    #[inline(always)]
    fn is_at(&self, stored: &WeakRef<K>) -> bool {
        stored.with(|key| key.borrow() == self) == Some(true)
    }
}

#[diagnostic::do_not_recommend]
impl<K, I> Lookup<K, ByIdentity> for I
where
    K: ?Sized + WeakReferenceable,
    I: ?Sized + HasId,
{
    #[inline]
    fn hash_in<S: BuildHasher>(&self, hash_builder: &S) -> u64 {
        hash_builder.hash_one(self.object_id())
    }

    #[inline]
    fn find(&self, stored: &WeakRef<K>) -> Option<Strong<K>> {
        if stored.id() == self.object_id() {
            stored.upgrade()
        } else {
            None
        }
    }

    #[inline]
    fn is(&self, key: &Strong<K>) -> bool {
        Strong::id(key) == self.object_id()
    }

    #[inline]
    fn is_at(&self, stored: &WeakRef<K>) -> bool {
        stored.id() == self.object_id() && stored.is_alive()
    }
}

impl HasId for ObjectId {
    #[inline]
    fn object_id(&self) -> ObjectId {
        *self
    }
}

impl<T: ?Sized + WeakReferenceable> HasId for Strong<T> {
    #[inline]
    fn object_id(&self) -> ObjectId {
        Self::id(self)
    }
}

impl<T: ?Sized + WeakReferenceable> HasId for WeakRef<T> {
    #[inline]
    fn object_id(&self) -> ObjectId {
        self.id()
    }
}

impl<T: ?Sized + WeakReferenceable> HasId for CallbackRef<T> {
    #[inline]
    fn object_id(&self) -> ObjectId {
        self.id()
    }
}

impl<I: ?Sized + HasId> HasId for &I {
    #[inline]
    fn object_id(&self) -> ObjectId {
        (**self).object_id()
    }
}

/// Repeats the traits above, because a seal needs the same conditions: otherwise a user could implement them for a
/// key type of their own that lacks `Hash`, `Eq` or an id.
mod sealed {
    use core::borrow::Borrow;
    use core::hash::Hash;

    use super::{ByIdentity, ByValue, HasId};

    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait Keying<K: ?Sized> {}
    #[diagnostic::do_not_recommend]
    impl<K: ?Sized + Hash + Eq> Keying<K> for ByValue {}
    impl<K: ?Sized> Keying<K> for ByIdentity {}

    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait Lookup<K: ?Sized, M> {}
    #[diagnostic::do_not_recommend]
    impl<K: ?Sized + Borrow<Q>, Q: ?Sized + Hash + Eq> Lookup<K, ByValue> for Q {}
    #[diagnostic::do_not_recommend]
    impl<K: ?Sized, I: ?Sized + HasId> Lookup<K, ByIdentity> for I {}
}
