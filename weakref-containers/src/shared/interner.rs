//! One object per value, however many threads ask for it.

mod owned;
#[cfg(feature = "strong-tier")]
mod tier;

use core::any::type_name;
use core::borrow::Borrow;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use std::hash::RandomState;

use weakref::watch::drop_first;
use weakref::{Object, Strong};

use super::found::{find_members, use_member};
use super::set::{SetIter, WeakSet};
use super::shares::Shared;
use super::tier::MaybeTier;

/// Keeps one live object per value, for any number of threads, and none that nobody uses: the last drop of a
/// handle removes the object.
///
/// Two handles from one interner are equal exactly when they are handles of one object:
/// [`Strong::ptr_eq`] and [`Strong::id`] compare values in O(1). A value is hashed once when it is looked
/// up; its object's hash is stored, and never computed again.
///
/// # Examples
///
/// ```
/// use std::sync::LazyLock;
/// use weakref::Strong;
/// use weakref_containers::shared::Interner;
///
/// static NAMES: LazyLock<Interner<str>> = LazyLock::new(Interner::new);
///
/// let rose = NAMES.intern("rose");
/// let same = std::thread::spawn(|| NAMES.intern("rose"));
/// assert!(Strong::ptr_eq(&rose, &same.join().unwrap()));
/// assert_eq!((rose.len(), NAMES.len()), (4, 1));
/// drop(rose);
/// assert!(NAMES.is_empty());
/// ```
pub struct Interner<T: ?Sized, S = RandomState> {
    set: WeakSet<Object<T>, S>,
    tier: MaybeTier<Object<T>>,
}

/// What [`Interner::intern`] makes an object from: whatever `Strong<Object<T>>` implements [`From`] for.
#[diagnostic::on_unimplemented(
    message = "an interner cannot make an object of type `{Self}` from `{B}`",
    label = "is neither text, a slice, nor `Clone`",
    note = "implement `Clone` for `{Self}`; or call `intern_owned`, which takes the value, or `intern_with`, which is told how to make the object"
)]
#[expect(unnameable_types, reason = "carries a message")]
pub trait MadeFrom<B>: 'static {
    #[doc(hidden)]
    fn made_from(value: B) -> Strong<Object<Self>>;
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + 'static, B> MadeFrom<B> for T
where
    Strong<Object<T>>: From<B>,
{
    fn made_from(value: B) -> Strong<Object<T>> {
        value.into()
    }
}

impl<T: ?Sized + 'static> Interner<T> {
    /// Creates an empty interner.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// assert!(Interner::<[u32]>::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self
    where
        T: Shared,
    {
        Self::with_hasher(RandomState::new())
    }

    /// Creates an empty interner with room for about `capacity` objects; see [`WeakSet::with_capacity`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// assert!(Interner::<str>::with_capacity(100).capacity() >= 100);
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self
    where
        T: Shared,
    {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<T: ?Sized + 'static, S> Interner<T, S> {
    /// Creates an empty interner that hashes its values with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// assert!(Interner::<str, _>::with_hasher(hasher).is_empty());
    /// ```
    pub fn with_hasher(hash_builder: S) -> Self
    where
        T: Shared,
    {
        Self::divided(usize::MAX, hash_builder)
    }

    /// Makes an interner of at most `most` shards.
    fn divided(most: usize, hash_builder: S) -> Self
    where
        T: Shared,
    {
        Self {
            set: WeakSet::divided(type_name::<Self>(), most, hash_builder),
            tier: MaybeTier::none(),
        }
    }

    /// Creates an empty interner with room for about `capacity` objects, which hashes its values with `hash_builder`; see
    /// [`WeakSet::with_capacity`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// use std::hash::RandomState;
    ///
    /// let names = Interner::<str>::with_capacity_and_hasher(100, RandomState::new());
    /// assert!(names.is_empty() && names.capacity() >= 100);
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self
    where
        T: Shared,
    {
        let interner = Self::with_hasher(hash_builder);
        interner.reserve(capacity);
        interner
    }

    /// Returns the hasher of the interner.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let names = Interner::<str>::with_hasher(state.clone());
    /// assert_eq!(names.hasher().hash_one("rose"), state.hash_one("rose"));
    /// ```
    pub const fn hasher(&self) -> &S {
        self.set.hasher()
    }

    /// Returns the number of live objects, as [`WeakSet::len`]: of a death on another thread it knows a moment
    /// after [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// let names = Interner::<str>::new();
    /// let _rose = names.intern("rose");
    /// let _same = names.intern("rose");
    /// assert_eq!(names.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Returns whether no object is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// assert!(Interner::<str>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Iterates over the live objects, as [`WeakSet::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// let names = Interner::<str>::new();
    /// let rose = names.intern("rose");
    /// assert!(names.iter().eq([rose]));
    /// ```
    pub fn iter(&self) -> SetIter<'_, Object<T>> {
        self.set.iter()
    }

    /// Returns the objects that are alive now, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// let names = Interner::<str>::new();
    /// let rose = names.intern("rose");
    /// assert_eq!(names.snapshot(), [rose]);
    /// ```
    pub fn snapshot(&self) -> Vec<Strong<Object<T>>> {
        self.set.snapshot()
    }

    /// Frees the memory of dead objects, and returns how many this call has freed, as [`WeakSet::purge`]: as a rule none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// let names = Interner::<str>::new();
    /// drop(names.intern("rose"));
    /// assert!(names.is_empty());
    /// assert_eq!(names.purge(), 0, "the death has freed it");
    /// ```
    #[doc(alias = "remove_expired")]
    pub fn purge(&self) -> usize {
        self.set.purge()
    }

    /// Returns the number of objects that the interner has room for. Some of its shards may have to grow before.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// assert!(Interner::<str>::with_capacity(100).capacity() >= 100);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    pub fn capacity(&self) -> usize {
        self.set.capacity()
    }

    /// Returns the bytes that the interner has allocated for its objects. What these own is not counted, nor is what each
    /// of its shards takes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// assert_eq!(Interner::<str>::new().allocation_size(), 0);
    /// assert!(Interner::<str>::with_capacity(100).allocation_size() > 0);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    pub fn allocation_size(&self) -> usize {
        self.set.allocation_size()
    }

    /// Makes [room](Self::with_capacity) for about `additional` more objects, in one shard after the other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// let interner = Interner::<str>::new();
    /// interner.reserve(100);
    /// assert!(interner.capacity() >= 100);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the capacity overflows `usize`, and aborts when the allocator fails.
    pub fn reserve(&self, additional: usize) {
        self.set.reserve(additional);
    }

    /// Shrinks the capacity to what is needed, in one shard after the other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// let interner = Interner::<str>::with_capacity(100);
    /// interner.shrink_to_fit();
    /// assert_eq!(interner.capacity(), 0);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(capacity).
    pub fn shrink_to_fit(&self) {
        self.set.shrink_to_fit();
    }
}

impl<T, S> Interner<T, S>
where
    T: ?Sized + 'static,
    Object<T>: Hash + Eq,
    S: BuildHasher,
{
    /// Returns the object of a value, which is made from it if there is none: text and slices are copied, and any
    /// other value is cloned.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Strong;
    /// # use weakref_containers::shared::Interner;
    /// let paths = Interner::<[u32]>::new();
    /// let path = paths.intern(&[1, 2, 3][..]);
    /// assert!(Strong::ptr_eq(&path, &paths.intern(&[1, 2, 3][..])));
    ///
    /// let points = Interner::<(i32, i32)>::new();
    /// let origin = points.intern(&(0, 0));
    /// assert!(Strong::ptr_eq(&origin, &points.intern(&(0, 0))));
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), and O(length of the value); one allocation, or two for large values, when there is none.
    pub fn intern<'q, Q>(&self, value: &'q Q) -> Strong<Object<T>>
    where
        Object<T>: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
        T: MadeFrom<&'q Q>,
    {
        self.intern_with(value, |_| T::made_from(value))
    }

    /// Returns the object of a value, which `make` makes if there is none: for values that are not made from
    /// what they are looked up by.
    ///
    /// `make` runs unlocked, and what it returns must equal `value`. When two threads make one at the same
    /// time, one of them is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::Interner;
    /// let colors = Interner::<[u8; 3]>::new();
    /// let red = [255, 0, 0];
    /// let object = colors.intern_with(&Object(red), |red| Strong::new(*red));
    /// assert_eq!(**object, red);
    /// ```
    pub fn intern_with<Q>(
        &self,
        value: &Q,
        make: impl FnOnce(&Q) -> Strong<Object<T>>,
    ) -> Strong<Object<T>>
    where
        Object<T>: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let hash = self.set.hasher().hash_one(value);
        if let Some(found) = self.find(hash, value) {
            return drop_first(make, found);
        }
        let object = self.set.insert_with(hash, value, make);
        self.tier.keep(&self.set.shards, hash, &object);
        object
    }

    /// Returns the object of a value, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// let names = Interner::<str>::new();
    /// assert!(names.get("rose").is_none());
    /// let rose = names.intern("rose");
    /// assert_eq!(names.get("rose"), Some(rose));
    /// ```
    pub fn get<Q>(&self, value: &Q) -> Option<Strong<Object<T>>>
    where
        Object<T>: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        self.find(self.set.hasher().hash_one(value), value)
    }

    /// [`get`](Self::get) with a known hash.
    fn find<Q>(&self, hash: u64, value: &Q) -> Option<Strong<Object<T>>>
    where
        Object<T>: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        if !self.tier.is_some() {
            return self.set.find(hash, value);
        }
        let shard = self.set.shards.of(hash);
        let (object, is_kept) = use_member(shard, hash, value)?;
        if !is_kept {
            self.tier.enter(&self.set.shards, hash, &object);
        }
        Some(object)
    }

    /// Returns the objects of several values, as [`get`](Self::get) of each does.
    ///
    /// In an interner that is larger than the processor's caches this takes less time than one call after the other:
    /// what is looked at is fetched for all values at once. The values may be the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// let names = Interner::<str>::new();
    /// let rose = names.intern("rose");
    /// assert_eq!(names.get_many(["rose", "lily"]), [Some(rose), None]);
    /// ```
    pub fn get_many<Q, const N: usize>(&self, values: [&Q; N]) -> [Option<Strong<Object<T>>>; N]
    where
        Object<T>: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let hashes = values.map(|value| self.set.hasher().hash_one(value));
        let found = find_members(&self.set.shards, &hashes, values);
        for (&hash, object) in hashes.iter().zip(&found) {
            if let Some(object) = object {
                self.tier.keep(&self.set.shards, hash, object);
            }
        }
        found
    }

    /// Returns whether a value has an object. A [strong tier](super#the-strong-tier) is not told.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::Interner;
    /// let names = Interner::<str>::new();
    /// let rose = names.intern("rose");
    /// assert!(names.contains("rose"));
    /// drop(rose);
    /// assert!(!names.contains("rose"));
    /// ```
    pub fn contains<Q>(&self, value: &Q) -> bool
    where
        Object<T>: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        self.set.contains(value)
    }
}

impl<'a, T: ?Sized + 'static, S> IntoIterator for &'a Interner<T, S> {
    type Item = Strong<Object<T>>;
    type IntoIter = SetIter<'a, Object<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: ?Sized + 'static, S: Default> Default for Interner<T, S>
where
    T: Shared,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T: ?Sized + 'static, S> fmt::Debug for Interner<T, S>
where
    Object<T>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

weakref::__private::if_traced! {
    // Values are objects of their own.
    #[doc(hidden)]
    impl<T: ?Sized + 'static, S: weakref::FinalizerSafe> weakref::__private::Visit for Interner<T, S> {
        fn visit(&self, visitor: &mut weakref::__private::Visitor<'_>) {
            if self.tier.has_handles(&self.set.shards) {
                visitor.hide_type::<Self>();
            }
        }
    }
}
