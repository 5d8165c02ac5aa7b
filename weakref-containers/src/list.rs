//! A list whose members are held weakly, and what belongs to it.

mod access;
mod iter;
mod slab;
mod traits;
mod walk;

use weakref::watch::{Graveyard, Watched};
use weakref::{Strong, WeakReferenceable};

pub use self::iter::{Drain, ExtractIf, IntoIter, Iter, Part};
use self::slab::{Edge, Slab};
use crate::error::TryReserveError;
use crate::sync::Sequence;

/// Parts of a list's entry, which an [`Iter`] names.
pub mod part {
    pub use super::iter::{Entries, Keys, Referents, WeakRefs};
}

/// Iterates over the keys of the live members of a [`WeakList`] as [`Key`].
pub type Keys<'a, T> = Iter<'a, T, part::Keys>;
/// Iterates over the live members of a [`WeakList`] as `(Key, Strong<T>)`.
pub type Entries<'a, T> = Iter<'a, T, part::Entries>;
/// Iterates over the live members of a [`WeakList`] as `WeakRef<T>`.
pub type WeakIter<'a, T> = Iter<'a, T, part::WeakRefs>;

/// A list of objects in the order in which they were added, which keeps none of them alive.
///
/// It is the registry of observers, listeners and plug-ins: things that come and go and are to be
/// called in order. An object goes in as `&Strong<T>` and comes out as `Strong<T>`; one that dies is
/// gone from the list at once. The same object may stand in it several times.
///
/// * Adding gives a [`Key`], which removes the entry in O(1). Keys are never used again, so a stale
///   one finds nothing, in this list or another.
/// * A death costs the list O(1), takes no lock of it, and is seen at once by everything on the
///   thread: [`len`](Self::len), [`get`](Self::get) and iteration agree, also within the dying
///   object's `Drop` and in callbacks. Another thread may see it a moment later.
/// * The memory of a dead entry goes, or is used again, with the next call that takes `&mut self`,
///   or with [`purge`](Self::purge). A list that is only added to never takes more than the most
///   members that were alive at a time need.
/// * Members may die during an iteration, and are left out from then on.
///
/// # Calling observers that change the list
///
/// An observer that adds or removes others while it is called needs the list, which is then behind a
/// `RefCell` or a lock and must not be borrowed. Walk over the keys as they were at the beginning:
/// who is removed or dies meanwhile is not called, nor is who is added.
///
/// ```
/// use std::cell::RefCell;
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::WeakList;
///
/// #[derive(WeakReferenceable)]
/// #[weakref(local)]
/// struct Listener {
///     call: Box<dyn Fn(&Listeners)>,
/// }
/// type Listeners = RefCell<WeakList<Listener>>;
///
/// fn call_all(listeners: &Listeners) {
///     let keys: Vec<_> = listeners.borrow().keys().collect();
///     for key in keys {
///         let listener = listeners.borrow().get(key);
///         if let Some(listener) = listener {
///             (listener.call)(listeners);
///         }
///     }
/// }
///
/// let listeners = Listeners::default();
/// let first = Strong::new(Listener { call: Box::new(|all| drop(all.borrow_mut().pop_back())) });
/// let second = Strong::new(Listener { call: Box::new(|_| unreachable!("removed by the first")) });
/// listeners.borrow_mut().extend([&first, &second]);
/// call_all(&listeners);
/// assert_eq!(listeners.borrow().len(), 1);
/// ```
///
/// # Examples
///
/// A trait for one thread has `WeakReferenceable<Slot = LocalSlot>` alone as its supertrait.
///
/// ```
/// use weakref::{Strong, SyncSlot, WeakReferenceable, coerce};
/// use weakref_containers::WeakList;
///
/// trait Listener: WeakReferenceable<Slot = SyncSlot> + Send + Sync {
///     fn notify(&self, news: &str) -> String;
/// }
///
/// #[derive(WeakReferenceable)]
/// struct Named(&'static str);
///
/// impl Listener for Named {
///     fn notify(&self, news: &str) -> String {
///         format!("{}: {news}", self.0)
///     }
/// }
///
/// let mut listeners: WeakList<dyn Listener> = WeakList::new();
/// let anna = coerce!(Strong::new(Named("Anna")) => dyn Listener);
/// let bert = coerce!(Strong::new(Named("Bert")) => dyn Listener);
/// listeners.push(&anna);
/// let key = listeners.push(&bert);
/// let heard: Vec<_> = listeners.iter().map(|one| one.notify("hello")).collect();
/// assert_eq!(heard, ["Anna: hello", "Bert: hello"]);
///
/// drop(anna);
/// assert_eq!(listeners.len(), 1);
/// listeners.remove(key);
/// assert!(listeners.is_empty());
/// ```
pub struct WeakList<T: ?Sized + WeakReferenceable> {
    /// Dropped before the graveyard, so that its registrations end first. The token of an entry's
    /// registration is its index.
    entries: Slab<Member<T>>,
    graves: Graveyard<T::Slot>,
    /// The next serial number, unless it is the first of a block.
    serial: u64,
}

/// Names an entry of a [`WeakList`].
///
/// No two entries of any lists ever have the same key.
///
/// # Examples
///
/// ```
/// # use weakref::{Strong, WeakReferenceable};
/// # use weakref_containers::WeakList;
/// # #[derive(WeakReferenceable)]
/// # struct Image;
/// let image = Strong::new(Image);
/// let mut list = WeakList::new();
/// let key = list.push(&image);
/// assert!(list.remove(key).is_some());
/// list.push(&image);
/// assert!(list.remove(key).is_none(), "that was another entry");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    serial: u64,
    index: u32,
}

struct Member<T: ?Sized + WeakReferenceable> {
    serial: u64,
    referent: Watched<T>,
}

impl<T: ?Sized + WeakReferenceable> Member<T> {
    #[inline]
    fn key(&self, index: u32) -> Key {
        Key {
            serial: self.serial,
            index,
        }
    }
}

/// Lists take serial numbers in blocks, so that threads rarely contend for the counter.
const BLOCK: u64 = 64;

fn next_block() -> u64 {
    static NEXT: Sequence = Sequence::new(0);
    NEXT.take(BLOCK)
}

impl<T: ?Sized + WeakReferenceable> WeakList<T> {
    /// Creates an empty list. It allocates nothing before the first member.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let list: WeakList<Image> = WeakList::new();
    /// assert_eq!((list.len(), list.capacity()), (0, 0));
    /// ```
    pub const fn new() -> Self {
        Self {
            entries: Slab::new(),
            graves: Graveyard::new(),
            serial: 0,
        }
    }

    /// Creates an empty list with room for at least `capacity` members.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let list: WeakList<Image> = WeakList::with_capacity(10);
    /// assert!(list.capacity() >= 10);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            entries: Slab::with_capacity(capacity),
            ..Self::new()
        }
    }

    /// Returns the number of live members.
    ///
    /// Exact on the thread on which members die, from the instant they are dead.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let (a, b) = (Strong::new(Image), Strong::new(Image));
    /// let list = WeakList::from([&a, &b]);
    /// assert_eq!(list.len(), 2);
    /// drop(a);
    /// assert_eq!(list.len(), 1);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1).
    pub fn len(&self) -> usize {
        // Saturates, because another thread may count a death between the two loads.
        self.entries.len().saturating_sub(self.graves.dead())
    }

    /// Returns whether no member is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut list = WeakList::new();
    /// list.push(&Strong::new(Image));
    /// assert!(list.is_empty(), "the only owner is gone");
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of members the list has room for without growing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut list = WeakList::<Image>::new();
    /// list.reserve(100);
    /// assert!(list.capacity() >= 100);
    /// ```
    pub fn capacity(&self) -> usize {
        self.entries.capacity()
    }

    /// Returns the bytes that the list has allocated for its entries. Registrations of objects that
    /// stand in several containers are not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// assert_eq!(WeakList::<Image>::new().allocation_size(), 0);
    /// assert!(WeakList::<Image>::with_capacity(10).allocation_size() > 0);
    /// ```
    pub fn allocation_size(&self) -> usize {
        self.entries.allocation_size()
    }

    /// Makes room for at least `additional` more members.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut list = WeakList::<Image>::new();
    /// list.reserve(10);
    /// assert!(list.capacity() >= 10);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the capacity overflows `usize`, and aborts when the allocator fails.
    pub fn reserve(&mut self, additional: usize) {
        self.purge();
        self.entries.reserve(additional);
    }

    /// Makes room for at least `additional` more members, or says why it cannot.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut list = WeakList::<Image>::new();
    /// assert!(list.try_reserve(10).is_ok());
    /// assert!(list.try_reserve(usize::MAX).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the capacity overflows or the allocator fails. The list is as before.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.purge();
        self.entries.try_reserve(additional)
    }

    /// Gives back memory that is not needed; see [`shrink_to`](Self::shrink_to).
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut list = WeakList::<Image>::with_capacity(100);
    /// list.shrink_to_fit();
    /// assert_eq!(list.capacity(), 0);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back memory that is not needed, but leaves room for `capacity` members.
    ///
    /// Entries are not moved, for their keys name their places: gaps between them stay, for later
    /// members. A [`clone`](Self::clone) has none, and new keys.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut list = WeakList::<Image>::with_capacity(1000);
    /// list.shrink_to(10);
    /// assert!((10..1000).contains(&list.capacity()));
    /// ```
    ///
    /// # Complexity
    ///
    /// O(capacity).
    pub fn shrink_to(&mut self, capacity: usize) {
        self.purge();
        self.entries.shrink_to(capacity);
    }

    /// Gives the memory of the members that have died since the last call with `&mut self` back to
    /// the list, and that of their objects' counts to the allocator; returns how many there were. Those that
    /// an earlier call has freed, whichever it was, are not counted again.
    ///
    /// Nothing else changes: dead members are not seen before either. Needed only where a list is
    /// left alone for long.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let mut list = WeakList::from([&image]);
    /// drop(image);
    /// assert!(list.is_empty());
    /// assert_eq!(list.purge(), 1);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of entries to free): free of cost when all are alive.
    #[inline]
    #[doc(alias = "remove_expired")]
    pub fn purge(&mut self) -> usize {
        let mut purged = 0;
        while let Some(notice) = self.graves.next_dead() {
            let index = u32::try_from(notice.token).ok();
            let entry = index.and_then(|index| self.entries.take(index));
            purged += usize::from(entry.is_some());
            debug_assert!(entry.is_some_and(|entry| entry.referent.id() == notice.id));
        }
        purged
    }

    /// Adds an object at the end and returns the key of its entry.
    ///
    /// The list keeps nothing alive: the object of `list.push(&Strong::new(…))` is dead at the end of the
    /// statement. Somebody else has to hold a handle.
    ///
    /// A [`WeakRef`](weakref::WeakRef) is upgraded first, because there is no entry, and so no key, for an object that is dead:
    /// `weak.upgrade().map(|strong| list.push(&strong))`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// let mut list = WeakList::new();
    /// list.push(&a);
    /// let key = list.push(&b);
    /// assert_eq!(list.back().unwrap().0, 2);
    /// assert_eq!(list.get(key).unwrap().0, 2);
    ///
    /// let weak = Strong::downgrade(&a);
    /// assert!(weak.upgrade().map(|strong| list.push(&strong)).is_some());
    /// drop(a);
    /// assert!(weak.upgrade().map(|strong| list.push(&strong)).is_none());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), amortised. Allocates when the list grows, and a node for an object that stands in a
    /// container already.
    ///
    /// # Panics
    ///
    /// Panics when the list has 2³² - 1 members, and aborts when the object has 2²⁶ weak references.
    #[doc(alias = "push_back")]
    pub fn push(&mut self, referent: &Strong<T>) -> Key {
        self.add(Edge::Last, referent)
    }

    /// Adds an object at the front and returns the key of its entry.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// let mut list = WeakList::new();
    /// list.push(&a);
    /// list.push_front(&b);
    /// assert_eq!(list.front().unwrap().0, 2);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`push`](Self::push).
    pub fn push_front(&mut self, referent: &Strong<T>) -> Key {
        self.add(Edge::First, referent)
    }

    fn add(&mut self, edge: Edge, referent: &Strong<T>) -> Key {
        self.purge();
        if self.serial % BLOCK == 0 {
            self.serial = next_block();
        }
        let serial = self.serial;
        // Cannot overflow: the whole block is below the limit.
        self.serial += 1;
        let graves = &mut self.graves;
        let mut place = 0;
        self.entries.push(edge, |index| {
            place = index;
            Member {
                serial,
                referent: graves.watch(referent, index.into()),
            }
        });
        Key {
            serial,
            index: place,
        }
    }
}
