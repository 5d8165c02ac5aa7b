//! Looking members up, entering and removing them.

use core::hash::BuildHasher;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use super::Set;
use crate::key::{Keying, Lookup};
use crate::shared::found::{find_member, find_members, look_for_member};
use crate::shared::sharded::{Gone, Inside};
use crate::side::Held;

type SetInside<T> = Inside<Watched<T>, Held<()>, <T as WeakReferenceable>::Slot>;

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
    pub(in crate::shared) fn find<Q>(&self, hash: u64, member: &Q) -> Option<Strong<T>>
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
    pub(in crate::shared) fn insert_with<Q>(
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
