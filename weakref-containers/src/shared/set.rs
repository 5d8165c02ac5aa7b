//! The shared set of weakly held objects, by value or by identity.

mod walk;
mod whole;

use core::fmt;
use core::hash::BuildHasher;
use std::hash::RandomState;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakRef, WeakReferenceable};

use super::found::{find_member, find_members, look_for_member};
use super::sharded::{Gone, Inside, Sharded};
use super::shares::Shares;
use super::walk::Walk;
use crate::key::{ByIdentity, ByValue, Keying, Lookup};
use crate::several::Several;
use crate::side::{Held, NoYard, Side};
use crate::table::Yards;

pub use self::walk::SetIter;

type SetInside<T> = Inside<Watched<T>, Held<()>, <T as WeakReferenceable>::Slot>;

/// A shared set that holds its members weakly, and in which two members are the same when `Eq` says so.
///
/// Its methods are those of [`Set`].
///
/// ```
/// # use weakref::{Object, Strong};
/// # use weakref_containers::shared::WeakSet;
/// let (rose, same) = (Strong::<Object<str>>::from("rose"), Strong::<Object<str>>::from("rose"));
/// let set = WeakSet::new();
/// set.insert(&rose);
/// assert_eq!(set.insert(&same), false);
/// drop((rose, same));
/// assert!(set.is_empty());
/// ```
pub type WeakSet<T, S = RandomState> = Set<T, S, ByValue>;

/// A shared set that holds its members weakly, and in which two members are the same when they are one object.
///
/// Its methods are those of [`Set`].
///
/// ```
/// # use weakref::{Object, Strong};
/// # use weakref_containers::shared::IdentityWeakSet;
/// let (rose, same) = (Strong::<Object<str>>::from("rose"), Strong::<Object<str>>::from("rose"));
/// let set = IdentityWeakSet::new();
/// set.insert(&rose);
/// assert_eq!(set.insert(&same), true);
/// drop((rose, same));
/// assert!(set.is_empty());
/// ```
pub type IdentityWeakSet<T, S = RandomState> = Set<T, S, ByIdentity>;

/// A hash set that any number of threads use, and that holds its members weakly: a member is gone when it
/// dies.
///
/// The shared form of [`Set`](crate::set::Set), by its names [`WeakSet`] and [`IdentityWeakSet`]; what is common to
/// shared containers is said at [the module](super). `Hash` and `Eq` of members run unlocked, on members that are
/// kept alive meanwhile: they may use this set.
///
/// # Examples
///
/// ```
/// use weakref::{Object, Strong};
/// use weakref_containers::shared::WeakSet;
///
/// let names: WeakSet<Object<str>> = WeakSet::new();
/// let rose = Strong::<Object<str>>::from("rose");
/// assert!(names.insert(&rose));
/// assert!(Strong::ptr_eq(&names.get("rose").unwrap(), &rose));
/// drop(rose);
/// assert!(names.is_empty());
/// ```
pub struct Set<T: ?Sized + WeakReferenceable, S = RandomState, M = ByValue> {
    pub(super) shards: Sharded<Watched<T>, Held<()>, T::Slot>,
    hash_builder: S,
    keying: core::marker::PhantomData<M>,
}

impl<T: ?Sized + WeakReferenceable + 'static, M> Set<T, RandomState, M> {
    /// Creates an empty set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// assert!(WeakSet::<Object<str>>::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self
    where
        T::Slot: Shares<T>,
    {
        Self::with_hasher(RandomState::new())
    }
}

impl<T: ?Sized + WeakReferenceable + 'static, S, M> Set<T, S, M> {
    /// Creates an empty set that hashes its members with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let set: WeakSet<Object<str>, _> = WeakSet::with_hasher(hasher);
    /// assert!(set.is_empty());
    /// ```
    pub fn with_hasher(hash_builder: S) -> Self
    where
        T::Slot: Shares<T>,
    {
        Self::divided(usize::MAX, hash_builder)
    }

    /// Makes a set of at most `most` shards.
    pub(super) fn divided(most: usize, hash_builder: S) -> Self
    where
        T::Slot: Shares<T>,
    {
        let shards = Sharded::new(most, |shard| Yards {
            keys: T::Slot::wake_of_members(shard),
            values: NoYard,
        });
        Self {
            shards,
            hash_builder,
            keying: core::marker::PhantomData,
        }
    }

    /// Returns the hasher of the set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let set: WeakSet<Object<str>> = WeakSet::with_hasher(state.clone());
    /// assert_eq!(set.hasher().hash_one(1), state.hash_one(1));
    /// ```
    pub const fn hasher(&self) -> &S {
        &self.hash_builder
    }

    /// Returns the number of live members. Other threads may change it at any time; what they change while
    /// this looks at one shard after the other may be counted or not.
    ///
    /// A death on this thread is counted at once. Of one on another thread [`get`](Self::get) knows first, and this a
    /// moment later, before anything is dropped: for that moment a member is counted that is not found any more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// assert_eq!(set.len(), 1);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    pub fn len(&self) -> usize {
        self.shards.len()
    }

    /// Returns whether no member is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::IdentityWeakSet;
    /// assert!(IdentityWeakSet::<Object<str>>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all members, one shard after the other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    pub fn clear(&self) {
        drop(self.drain_all());
    }

    /// Removes all members, one shard after the other, and returns those that were alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// assert_eq!(set.drain(), [rose]);
    /// assert!(set.is_empty());
    /// ```
    pub fn drain(&self) -> Vec<Strong<T>> {
        self.drain_all().into_vec()
    }

    fn drain_all(&self) -> Several<Strong<T>> {
        let mut live = Several::new();
        self.shards.change_each(
            |inside| inside.take_all(|_| true),
            |rows| live.extend(rows.filter_map(|row| row.key.take())),
        );
        live
    }

    /// Iterates over the live members, in no particular order.
    ///
    /// Nothing is locked between two items. Each shard's members are those it had when the iterator came to
    /// it, less what has died since.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// for member in set.iter() {
    ///     assert!(set.remove(&*member));
    /// }
    /// assert!(set.is_empty());
    /// ```
    pub fn iter(&self) -> SetIter<'_, T> {
        SetIter(Walk::new(&self.shards))
    }

    /// Iterates over weak references to the members, as [`Set::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// assert!(set.weak_iter().eq([Strong::downgrade(&rose)]));
    /// ```
    pub fn weak_iter(&self) -> impl Iterator<Item = WeakRef<T>> {
        self.shards.shards().flat_map(|shard| {
            shard.look(|inside| {
                let live = inside.table.rows().filter(|row| row.is_alive());
                live.map(|row| WeakRef::clone(&row.key)).collect::<Vec<_>>()
            })
        })
    }
}

impl<T, S, M> Set<T, S, M>
where
    T: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
    M: Keying<T>,
{
    /// Returns the member that equals `member`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// assert!(set.get("rose").is_some() && set.get("lily").is_none());
    /// ```
    pub fn get<Q>(&self, member: &Q) -> Option<Strong<T>>
    where
        Q: ?Sized + Lookup<T, M>,
    {
        let hash = member.hash_in(&self.hash_builder);
        self.find(hash, member)
    }

    /// [`get`](Self::get) with a known hash.
    pub(super) fn find<Q>(&self, hash: u64, member: &Q) -> Option<Strong<T>>
    where
        Q: ?Sized + Lookup<T, M>,
    {
        find_member(self.shards.of(hash), hash, member)
    }

    /// Returns several stored members, as [`get`](Self::get) of each does.
    ///
    /// In a set that is larger than the processor's caches this takes less time than one call after the other: what
    /// is looked at is fetched for all at once. What is looked up may be the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let user = Strong::new(Object(1));
    /// let set = WeakSet::from([&user]);
    /// assert_eq!(set.get_many([&Object(1), &Object(2)]), [Some(user), None]);
    /// ```
    pub fn get_many<Q, const N: usize>(&self, members: [&Q; N]) -> [Option<Strong<T>>; N]
    where
        Q: ?Sized + Lookup<T, M>,
    {
        let hashes = members.map(|member| member.hash_in(&self.hash_builder));
        find_members(&self.shards, &hashes, members)
    }

    /// Returns whether a live member equals `member`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// assert!(set.contains("rose"));
    /// ```
    pub fn contains<Q>(&self, member: &Q) -> bool
    where
        Q: ?Sized + Lookup<T, M>,
    {
        self.get(member).is_some()
    }

    /// Adds a member, and returns whether no equal one was there. It takes the place of one that was: from
    /// then on its life decides.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let (first, second) = (Strong::<Object<str>>::from("rose"), Strong::from("rose"));
    /// assert!(set.insert(&first));
    /// assert!(!set.insert(&second));
    /// assert!(Strong::ptr_eq(&set.get("rose").unwrap(), &second));
    /// ```
    #[doc(alias = "add")]
    pub fn insert(&self, member: &Strong<T>) -> bool {
        self.replace(member).is_none()
    }

    /// Adds a member, and returns the equal one whose place it took.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let (first, second) = (Strong::<Object<str>>::from("rose"), Strong::from("rose"));
    /// assert!(set.replace(&first).is_none());
    /// assert!(Strong::ptr_eq(&set.replace(&second).unwrap(), &first));
    /// ```
    pub fn replace(&self, member: &Strong<T>) -> Option<Strong<T>> {
        let query = M::query(member);
        let hash = query.hash_in(&self.hash_builder);
        let shard = self.shards.of(hash);
        loop {
            let scan = look_for_member(shard, hash, query);
            let put = scan.change(shard, |inside, bucket| put(inside, hash, bucket, member));
            if put.is_some() {
                return scan.found;
            }
        }
    }

    /// Returns the member that equals `member`, which is added first if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let (first, second) = (Strong::<Object<str>>::from("rose"), Strong::from("rose"));
    /// assert!(Strong::ptr_eq(&set.get_or_insert(&first), &first));
    /// assert!(Strong::ptr_eq(&set.get_or_insert(&second), &first));
    /// ```
    pub fn get_or_insert(&self, member: &Strong<T>) -> Strong<T> {
        let query = M::query(member);
        self.enter(query, query.hash_in(&self.hash_builder), member)
    }

    /// Returns the member that equals `member`, which `make` makes if there is none.
    ///
    /// `make` runs unlocked. Two threads may both make one, of which one is entered and returned to both. What
    /// `make` returns must equal `member`: else it may be entered beside its equal.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = set.get_or_insert_with("rose", |name| name.into());
    /// assert!(Strong::ptr_eq(&set.get_or_insert_with("rose", |_| unreachable!()), &rose));
    /// ```
    pub fn get_or_insert_with<Q>(&self, member: &Q, make: impl FnOnce(&Q) -> Strong<T>) -> Strong<T>
    where
        Q: ?Sized + Lookup<T, M>,
    {
        let hash = member.hash_in(&self.hash_builder);
        match self.find(hash, member) {
            Some(found) => drop_first(make, found),
            None => self.insert_with(hash, member, make),
        }
    }

    /// The rest of [`get_or_insert_with`](Self::get_or_insert_with), for a member that was not there.
    pub(super) fn insert_with<Q>(
        &self,
        hash: u64,
        member: &Q,
        make: impl FnOnce(&Q) -> Strong<T>,
    ) -> Strong<T>
    where
        Q: ?Sized + Lookup<T, M>,
    {
        let shard = self.shards.of(hash);
        let fresh = make(member);
        // Usually the set still has no member with this hash, so that there is nothing to compare with.
        let is_put = shard.write(|inside| {
            inside.put_first(hash, |graves| (graves.keys.watch(&fresh, hash), Held(())))
        });
        if is_put.is_some() {
            return fresh;
        }
        let entered = self.enter(member, hash, &fresh);
        drop_first(fresh, entered)
    }

    /// Returns the member that equals `query`; if there is none, enters `new` and returns it.
    fn enter<Q>(&self, query: &Q, hash: u64, new: &Strong<T>) -> Strong<T>
    where
        Q: ?Sized + Lookup<T, M>,
    {
        let shard = self.shards.of(hash);
        loop {
            let mut scan = look_for_member(shard, hash, query);
            if let Some(found) = scan.found.take() {
                return found;
            }
            let put = scan.change(shard, |inside, bucket| put(inside, hash, bucket, new));
            if put.is_some() {
                return drop_first(scan, new.clone());
            }
        }
    }

    /// Removes the member that equals `member`, and returns whether there was one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// assert!(set.remove("rose"));
    /// assert!(!set.remove("rose"));
    /// ```
    #[doc(alias = "discard")]
    pub fn remove<Q>(&self, member: &Q) -> bool
    where
        Q: ?Sized + Lookup<T, M>,
    {
        self.take(member).is_some()
    }

    /// Removes the member that equals `member`, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// assert_eq!(set.take("rose"), Some(rose));
    /// ```
    pub fn take<Q>(&self, member: &Q) -> Option<Strong<T>>
    where
        Q: ?Sized + Lookup<T, M>,
    {
        let hash = member.hash_in(&self.hash_builder);
        let shard = self.shards.of(hash);
        loop {
            let scan = look_for_member(shard, hash, member);
            scan.found.as_ref()?;
            let taken = scan.change(shard, |inside, bucket| inside.take_at(bucket?));
            // Otherwise another thread removed it, and an equal member may be there by now.
            if taken.is_some() {
                return scan.found;
            }
        }
    }

    /// Removes the live members that `keep` says no to. It runs unlocked, on a snapshot of one shard after the
    /// other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let flowers = ["rose", "lily", "iris"].map(Strong::<Object<str>>::from);
    /// for flower in &flowers {
    ///     set.insert(flower);
    /// }
    /// set.retain(|flower| flower.starts_with('r'));
    /// assert_eq!(set.len(), 1);
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&Strong<T>) -> bool) {
        for _ in self.extract_if(|member| !keep(member)) {}
    }

    /// Removes the live members that `wanted` says yes to, and yields them, as the iterator is advanced; see
    /// [`Set::retain`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// assert_eq!(set.extract_if(|_| true).collect::<Vec<_>>(), [rose]);
    /// assert!(set.is_empty());
    /// ```
    pub fn extract_if(
        &self,
        mut wanted: impl FnMut(&Strong<T>) -> bool,
    ) -> impl Iterator<Item = Strong<T>> {
        self.iter()
            .filter(move |member| wanted(member) && self.take_object(member))
    }

    /// Removes this very object. Runs none of its code but `Hash`.
    fn take_object(&self, member: &Strong<T>) -> bool {
        let hash = M::query(member).hash_in(&self.hash_builder);
        let row = self.shards.of(hash).write(|inside| {
            let bucket = inside
                .table
                .find_bucket(hash, |row| row.key.id() == Strong::id(member))?;
            inside.take_at(bucket)
        });
        row.is_some()
    }
}

/// Replaces the row in `bucket` by `member`, and returns the old row.
fn put<T: ?Sized + WeakReferenceable>(
    inside: &mut SetInside<T>,
    hash: u64,
    bucket: Option<usize>,
    member: &Strong<T>,
) -> Option<Gone<Watched<T>, Held<()>>> {
    inside.put(hash, bucket, |graves| {
        (graves.keys.watch(member, hash), Held(()))
    })
}

impl<T: ?Sized + WeakReferenceable + 'static, S: Default, M> Default for Set<T, S, M>
where
    T::Slot: Shares<T>,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T: ?Sized + WeakReferenceable + fmt::Debug + 'static, S, M> fmt::Debug for Set<T, S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
