//! A map that is ordered by its keys and holds its values weakly.
//!
//! A thin layer over std's `BTreeMap`. A notice cannot name a place in a tree without comparing keys, which is user code;
//! so the dead are swept out together, by a walk that compares nothing, once they are as many as the living. Each death
//! pays for a constant part of a sweep.

use core::borrow::Borrow;
use core::ops::{Deref, DerefMut, RangeBounds};
use std::collections::BTreeMap;

use weakref::watch::{Graveyard, Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

mod access;
mod entry;
mod iter;
mod traits;

pub use self::entry::{Entry, OccupiedEntry, VacantEntry};
use self::iter::Rest;
pub use self::iter::{
    Drain, ExtractIf, IntoIter, IntoKeys, IntoValues, Iter, Keys, Range, Values, WeakValues,
};

/// A map that is ordered by its keys and holds its values weakly: an entry is gone as soon as its value is dead.
///
/// The ordered sibling of [`WeakValueMap`](crate::WeakValueMap), with `Ord` in place of `Hash`. It differs in one thing: the memory
/// of dead entries, keys included, goes when they are as many as the living, with the next call that takes `&mut self`;
/// or with [`purge`](Self::purge). They are not seen in any case.
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::WeakValueBTreeMap;
///
/// #[derive(WeakReferenceable)]
/// struct Event(&'static str);
///
/// let mut timeline = WeakValueBTreeMap::new();
/// let (launch, landing) = (Strong::new(Event("launch")), Strong::new(Event("landing")));
/// timeline.insert(1961, &launch);
/// timeline.insert(1969, &landing);
/// assert_eq!(timeline.range(1965..).next().unwrap().1.0, "landing");
/// drop(launch);
/// assert_eq!(timeline.first_key_value().unwrap().0, &1969);
/// assert_eq!(timeline.len(), 1);
/// ```
pub struct WeakValueBTreeMap<K, V: ?Sized + WeakReferenceable> {
    /// Dropped before the graveyard, so that its registrations end first.
    entries: Entries<K, V>,
    graveyard: Graveyard<V::Slot>,
    /// The number of dead entries that were taken out and whose notices wait for the next sweep.
    stale: usize,
    /// Whether a sweep is running, or a panic interrupted one. The tree then holds dead entries that are not counted.
    is_sweeping: bool,
}

/// The tree. Its entries are dropped one by one, so that a panic in one drop spares the others.
struct Entries<K, V: ?Sized + WeakReferenceable>(BTreeMap<K, Watched<V>>);

impl<K, V: ?Sized + WeakReferenceable> Entries<K, V> {
    const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Takes all out.
    fn take(&mut self) -> Rest<K, V> {
        Rest(core::mem::take(&mut self.0).into_iter())
    }
}

impl<K, V: ?Sized + WeakReferenceable> Deref for Entries<K, V> {
    type Target = BTreeMap<K, Watched<V>>;

    fn deref(&self) -> &BTreeMap<K, Watched<V>> {
        &self.0
    }
}

impl<K, V: ?Sized + WeakReferenceable> DerefMut for Entries<K, V> {
    fn deref_mut(&mut self) -> &mut BTreeMap<K, Watched<V>> {
        &mut self.0
    }
}

impl<K, V: ?Sized + WeakReferenceable> Drop for Entries<K, V> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

impl<K, V: ?Sized + WeakReferenceable> WeakValueBTreeMap<K, V> {
    /// Creates an empty map. Allocates nothing before the first insertion.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::WeakValueBTreeMap;
    /// assert!(WeakValueBTreeMap::<u32, Object<str>>::new().is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: Entries::new(),
            graveyard: Graveyard::new(),
            stale: 0,
            is_sweeping: false,
        }
    }

    /// Returns the number of live entries. Exact on the thread on which values die, from the instant they are dead.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let (a, b) = (Strong::new(Object('a')), Strong::new(Object('b')));
    /// map.insert(1, &a);
    /// map.insert(2, &b);
    /// drop(a);
    /// assert_eq!(map.len(), 1);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), or O(n) after a key's drop panicked in a sweep.
    pub fn len(&self) -> usize {
        if self.is_sweeping {
            return self.keys().count();
        }
        // Saturates, because another thread may count a death between the two loads.
        self.entries.len().saturating_sub(self.graveyard.dead())
    }

    /// Returns whether no entry is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// map.insert(1, &Strong::new(Object('a')));
    /// assert!(map.is_empty(), "the only owner is gone");
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all entries.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.insert(1, &a);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    pub fn clear(&mut self) {
        drop(core::mem::take(self));
    }

    /// Iterates over the live entries, in the order of their keys.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let (a, b) = (Strong::new(Object('a')), Strong::new(Object('b')));
    /// map.insert(2, &b);
    /// map.insert(1, &a);
    /// assert!(map.iter().map(|(key, value)| (*key, value.0)).eq([(1, 'a'), (2, 'b')]));
    /// assert_eq!(map.iter().next_back().unwrap().0, &2);
    /// ```
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter(self.entries.iter())
    }

    /// Iterates over the keys of live entries, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.insert(2, &a);
    /// map.insert(1, &a);
    /// assert!(map.keys().eq(&[1, 2]));
    /// ```
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys(self.entries.iter())
    }

    /// Iterates over the live values, in the order of their keys.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.insert(2, &a);
    /// assert!(map.values().eq([a]));
    /// ```
    pub fn values(&self) -> Values<'_, K, V> {
        Values(self.entries.iter())
    }

    /// Iterates over weak references to the live values, in the order of their keys.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.insert(2, &a);
    /// assert!(map.weak_values().eq([Strong::downgrade(&a)]));
    /// ```
    pub fn weak_values(&self) -> WeakValues<'_, K, V> {
        WeakValues(self.entries.iter())
    }
}

impl<K: Ord, V: ?Sized + WeakReferenceable> WeakValueBTreeMap<K, V> {
    /// Frees the memory of all dead entries, and returns how many there were. Those that an earlier call has freed, whichever
    /// it was, are not counted again.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// use std::rc::Rc;
    ///
    /// let key = Rc::new(1);
    /// let mut map = WeakValueBTreeMap::new();
    /// map.insert(Rc::clone(&key), &Strong::new(Object('a')));
    /// assert_eq!(map.purge(), 1);
    /// assert_eq!(Rc::strong_count(&key), 1);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of entries, dead or alive), or O(1) when none is dead.
    #[doc(alias = "remove_expired")]
    pub fn purge(&mut self) -> usize {
        if self.unswept() != 0 || self.graveyard.has_notices() {
            return self.sweep();
        }
        0
    }

    /// The number of things a sweep would free: dead entries, and notices of entries already taken out.
    fn unswept(&self) -> usize {
        self.graveyard.dead() + self.stale + usize::from(self.is_sweeping)
    }

    /// Sweeps once a sweep frees at least as much as it leaves.
    fn bury(&mut self) {
        let unswept = self.unswept();
        if unswept != 0 && 2 * unswept >= self.entries.len() {
            self.sweep();
        }
    }

    #[cold]
    fn sweep(&mut self) -> usize {
        let before = self.entries.len();
        self.is_sweeping = true;
        // Deaths from here on leave notices again.
        while self.graveyard.next_dead().is_some() {}
        self.stale = 0;
        self.entries.retain(|_, value| value.is_alive());
        self.is_sweeping = false;
        before - self.entries.len()
    }

    /// Returns the value of an entry that was taken out, if it is alive.
    #[expect(clippy::needless_pass_by_value, reason = "its registration ends here")]
    fn end(&mut self, value: Watched<V>) -> Option<Strong<V>> {
        let live = value.upgrade();
        self.stale += usize::from(live.is_none());
        live
    }

    /// Removes the live entries that `keep` says no to.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.extend([(1, &a), (2, &a)]);
    /// map.retain(|key, _| key % 2 == 0);
    /// assert!(map.keys().eq(&[2]));
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &Strong<V>) -> bool) {
        self.purge();
        let stale = &mut self.stale;
        self.entries.retain(|key, value| {
            let kept = value.upgrade().is_some_and(|live| keep(key, &live));
            // The value died in the meantime, perhaps when `live` was dropped. The entry goes now, its notice with
            // the next sweep.
            *stale += usize::from(!kept && !value.is_alive());
            kept
        });
    }

    /// Returns the value of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.insert(String::from("first"), &a);
    /// assert_eq!(map.get("first"), Some(a));
    /// assert_eq!(map.get("first"), None, "that was its last handle");
    /// ```
    ///
    /// # Complexity
    ///
    /// O(log n).
    pub fn get<Q>(&self, key: &Q) -> Option<Strong<V>>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
    {
        self.entries.get(key)?.upgrade()
    }

    /// Returns the stored key and the value of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.insert(1, &a);
    /// assert_eq!(map.get_key_value(&1), Some((&1, a)));
    /// ```
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, Strong<V>)>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
    {
        upgraded(self.entries.get_key_value(key)?)
    }

    /// Returns whether a key has a live value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.insert(1, &a);
    /// assert!(map.contains_key(&1) && !map.contains_key(&2));
    /// ```
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
    {
        self.entries.get(key).is_some_and(|value| value.is_alive())
    }

    /// Puts a value under a key and returns the live value that stood there. The key replaces the stored one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let (a, b) = (Strong::new(Object('a')), Strong::new(Object('b')));
    /// assert_eq!(map.insert(1, &a), None);
    /// assert_eq!(map.insert(1, &b), Some(a));
    /// assert_eq!(map.get(&1), Some(b));
    /// ```
    ///
    /// # Complexity
    ///
    /// O(log n), amortised.
    pub fn insert(&mut self, key: K, value: &Strong<V>) -> Option<Strong<V>> {
        self.bury();
        let old = self.entries.remove_entry(&key);
        self.put(key, value);
        let (old_key, old) = old?;
        drop_first(old_key, self.end(old))
    }

    /// Puts a value under a key that is not there.
    fn put(&mut self, key: K, value: &Strong<V>) {
        let watched = self.graveyard.watch(value, 0);
        if let Some(other) = self.entries.insert(key, watched) {
            // The order of the keys contradicts itself.
            self.end(other);
        }
    }

    /// Returns the live value of a key. A dead entry is taken out: its key is not to be that of the next value.
    fn find(&mut self, key: &K) -> Option<Strong<V>> {
        self.bury();
        let live = self.entries.get(key)?.upgrade();
        if live.is_some() {
            return live;
        }
        let (old_key, old) = self.entries.remove_entry(key)?;
        drop_first(old_key, self.end(old))
    }

    /// Removes an entry and returns its value, if it is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.insert(1, &a);
    /// assert_eq!(map.remove(&1), Some(a));
    /// assert_eq!(map.remove(&1), None);
    /// ```
    pub fn remove<Q>(&mut self, key: &Q) -> Option<Strong<V>>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
    {
        let (_, value) = self.remove_entry(key)?;
        Some(value)
    }

    /// Removes an entry and returns its key and value, if it is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.insert(1, &a);
    /// assert_eq!(map.remove_entry(&1), Some((1, a)));
    /// ```
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, Strong<V>)>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
    {
        self.bury();
        let (key, value) = self.entries.remove_entry(key)?;
        Some((key, self.end(value)?))
    }

    /// Iterates over the live entries whose keys are in a range, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.extend([(1, &a), (2, &a), (3, &a)]);
    /// assert!(map.range(2..).map(|(key, _)| key).eq(&[2, 3]));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the range starts behind its end, as that of std.
    pub fn range<Q, R>(&self, range: R) -> Range<'_, K, V>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        R: RangeBounds<Q>,
    {
        Range(self.entries.range(range))
    }

    /// Returns the live entry with the smallest key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.extend([(1, &a), (2, &a)]);
    /// assert_eq!(map.first_key_value(), Some((&1, a)));
    /// ```
    pub fn first_key_value(&self) -> Option<(&K, Strong<V>)> {
        self.iter().next()
    }

    /// Returns the live entry with the greatest key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.extend([(1, &a), (2, &a)]);
    /// assert_eq!(map.last_key_value(), Some((&2, a)));
    /// ```
    pub fn last_key_value(&self) -> Option<(&K, Strong<V>)> {
        self.iter().next_back()
    }

    /// Removes the live entry with the smallest key and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.extend([(1, &a), (2, &a)]);
    /// assert_eq!(map.pop_first(), Some((1, a)));
    /// ```
    pub fn pop_first(&mut self) -> Option<(K, Strong<V>)> {
        self.bury();
        loop {
            let (key, value) = self.entries.pop_first()?;
            if let Some(value) = self.end(value) {
                return Some((key, value));
            }
        }
    }

    /// Removes the live entry with the greatest key and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.extend([(1, &a), (2, &a)]);
    /// assert_eq!(map.pop_last(), Some((2, a)));
    /// ```
    pub fn pop_last(&mut self) -> Option<(K, Strong<V>)> {
        self.bury();
        loop {
            let (key, value) = self.entries.pop_last()?;
            if let Some(value) = self.end(value) {
                return Some((key, value));
            }
        }
    }
}

/// An entry, if it is alive.
fn upgraded<'a, K, V: ?Sized + WeakReferenceable>(
    (key, value): (&'a K, &'a Watched<V>),
) -> Option<(&'a K, Strong<V>)> {
    Some((key, value.upgrade()?))
}
