//! Weak references, and what strong handles know of them.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;

use crate::death;
use crate::ending::drop_first;
use crate::id::{ObjectId, ShortName};
use crate::raw;
use crate::referenceable::{ThreadSafe, WeakReferenceable};
use crate::strong::Strong;

mod parts;

/// A weak reference: does not keep its referent alive.
///
/// One pointer for sized types. Two references are equal when they refer to the same object, before
/// and after its death. Memory: while weak references remain, a dead object keeps its slot, and a
/// small object (up to 128 bytes) its shell of at most 160 bytes; larger values are freed at once.
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Image(Vec<u8>);
///
/// let image = Strong::new(Image(vec![0; 1024]));
/// let weak = Strong::downgrade(&image);
/// assert_eq!(weak.upgrade().unwrap().0.len(), 1024);
/// drop(image);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct WeakRef<T: ?Sized + WeakReferenceable> {
    /// W1: the handle of an object, of which a weak unit is the reference's; or [`DANGLING`].
    handle: NonNull<T>,
    /// Invariant: a subtype's slot may differ.
    slot: PhantomData<T::Slot>,
}

/// The address of a reference to nothing.
const DANGLING: usize = usize::MAX;

// SAFETY: the synchronised slot orders everything that handles share; a handle gives `&T` to its
// thread, and any thread may drop the value. Asserted in tests/it/markers.rs.
unsafe impl<T: ?Sized + WeakReferenceable<Slot: ThreadSafe> + Send + Sync> Send for WeakRef<T> {}
// SAFETY: `&WeakRef` gives what a clone of it does, and no more. Asserted in tests/it/markers.rs.
unsafe impl<T: ?Sized + WeakReferenceable<Slot: ThreadSafe> + Send + Sync> Sync for WeakRef<T> {}
impl<T: ?Sized + WeakReferenceable> Unpin for WeakRef<T> {}
impl<T: ?Sized + WeakReferenceable + RefUnwindSafe> UnwindSafe for WeakRef<T> {}
impl<T: ?Sized + WeakReferenceable + RefUnwindSafe> RefUnwindSafe for WeakRef<T> {}

impl<T: WeakReferenceable> WeakRef<T> {
    /// Makes a reference that refers to nothing; one to an object is [`Strong::downgrade`] or [`WeakRef::of`].
    ///
    /// As `std::sync::Weak::new` it does not allocate, and is dead from the start. Of a `dyn` type it is
    /// `coerce!(WeakRef::<Image>::new() => dyn Shape)`.
    ///
    /// ```
    /// # use weakref::{Strong, WeakRef, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// static COVER: std::sync::Mutex<WeakRef<Image>> = std::sync::Mutex::new(WeakRef::new());
    /// assert!(COVER.lock().unwrap().upgrade().is_none());
    /// let image = Strong::new(Image);
    /// *COVER.lock().unwrap() = WeakRef::of(&image);
    /// assert!(COVER.lock().unwrap().upgrade().is_some());
    /// ```
    pub const fn new() -> Self {
        // `without_provenance` is never read through.
        let handle = core::ptr::without_provenance_mut(DANGLING);
        // SAFETY: the address is not null.
        let handle = unsafe { NonNull::new_unchecked(handle) };
        Self {
            handle,
            slot: PhantomData,
        }
    }

    /// As [`WeakRef::new`].
    ///
    /// ```
    /// # use weakref::{WeakRef, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// assert_eq!(WeakRef::<Image>::dangling(), WeakRef::new());
    /// ```
    pub const fn dangling() -> Self {
        Self::new()
    }
}

impl<T: ?Sized + WeakReferenceable> WeakRef<T> {
    /// Makes a weak reference to the object of `strong`, as [`Strong::downgrade`].
    ///
    /// ```
    /// # use weakref::{Strong, WeakRef, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// assert!(WeakRef::of(&image).is_alive());
    /// ```
    #[inline]
    pub fn of(strong: &Strong<T>) -> Self {
        Strong::downgrade(strong)
    }

    /// # Safety
    ///
    /// 1. What W1 says: `handle` is an object's handle, with a weak unit that is now the reference's, or
    ///    will be before the reference is used or dropped; or it is that of a reference to nothing.
    #[inline]
    pub(crate) unsafe fn from_handle(handle: NonNull<T>) -> Self {
        Self {
            handle,
            slot: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn into_handle(self) -> NonNull<T> {
        ManuallyDrop::new(self).handle
    }

    #[inline]
    pub(crate) fn handle(&self) -> NonNull<T> {
        self.handle
    }

    #[inline]
    fn is_dangling(&self) -> bool {
        self.handle.cast::<()>().addr().get() == DANGLING
    }

    #[inline]
    fn counts(&self) -> Option<&raw::CountsOf<T::Slot>> {
        if self.is_dangling() {
            return None;
        }
        // SAFETY: 1, our unit (W1) holds the block.
        Some(&unsafe { raw::at(raw::header(self.handle)) }.counts)
    }

    /// Makes a strong handle, if the object is alive.
    ///
    /// Wait-free. Fails from the instant the last strong handle began to be dropped, inside the
    /// value's `Drop` too.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let image = Strong::new(Image(3));
    /// let weak = Strong::downgrade(&image);
    /// let same = weak.upgrade().unwrap();
    /// drop(image);
    /// assert_eq!(same.0, 3);
    /// drop(same);
    /// assert!(weak.upgrade().is_none());
    /// ```
    ///
    /// # Panics
    ///
    /// Aborts the process when the object has more than 2³¹ strong handles.
    #[inline]
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn upgrade(&self) -> Option<Strong<T>> {
        Some(self.upgrade_unseen()?.upgraded())
    }

    /// As [`Self::upgrade`]; the caller makes it an upgraded handle when it has nothing locked, since that may take memory.
    #[inline(always)]
    pub(crate) fn upgrade_unseen(&self) -> Option<Strong<T>> {
        let separate = self.counts()?.upgrade()?;
        // SAFETY: 1, the strong unit that was just added, and what the counts of our handle's object said then.
        let value = unsafe { raw::live_value_of(self.handle, separate) };
        // SAFETY: 1, alive, with the strong unit that was just added (C2), which is the handle's.
        Some(unsafe { Strong::from_value(value) })
    }

    /// Calls `f` with the object, if it is alive; it stays alive until `f` returns.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let image = Strong::new(Image(3));
    /// let weak = Strong::downgrade(&image);
    /// assert_eq!(weak.with(|image| image.0), Some(3));
    /// drop(image);
    /// assert_eq!(weak.with(|image| image.0), None);
    /// ```
    #[inline]
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        let strong = self.upgrade()?;
        let result = f(&strong);
        Some(drop_first(strong, result))
    }

    /// Whether the object is alive. The answer may be out of date when it arrives, if other threads
    /// hold strong handles; `false` is final, once the object was built.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let weak = Strong::downgrade(&image);
    /// assert!(weak.is_alive());
    /// drop(image);
    /// assert!(!weak.is_alive());
    /// ```
    #[inline]
    pub fn is_alive(&self) -> bool {
        self.counts().is_some_and(|counts| !counts.is_dead())
    }

    /// Asks the processor to fetch what an [`upgrade`](Self::upgrade) reads. Whoever walks many references to
    /// objects that are in no cache asks for those that come a few steps later, so that their misses overlap. Does nothing
    /// where the processor has no such hint.
    ///
    /// ```
    /// use weakref::{Strong, WeakReferenceable};
    ///
    /// #[derive(WeakReferenceable)]
    /// struct Image(u32);
    ///
    /// let images: Vec<_> = (0..100).map(|n| Strong::new(Image(n))).collect();
    /// let weak: Vec<_> = images.iter().map(Strong::downgrade).collect();
    /// let mut sum = 0;
    /// for (at, reference) in weak.iter().enumerate() {
    ///     if let Some(later) = weak.get(at + 8) {
    ///         later.prefetch();
    ///     }
    ///     sum += reference.with(|image| image.0).unwrap_or_default();
    /// }
    /// assert_eq!(sum, 4950);
    /// ```
    #[inline]
    pub fn prefetch(&self) {
        raw::prefetch(raw::header(self.handle));
    }

    /// The number of strong handles: 0 once dead. Other threads may change it at any time.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let weak = Strong::downgrade(&image);
    /// assert_eq!(weak.strong_count(), 1);
    /// drop(image);
    /// assert_eq!(weak.strong_count(), 0);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.counts().map_or(0, raw::CountsOf::<T::Slot>::strong)
    }

    /// The number of handles that carry a weak reference, of container entries and of live
    /// finalizers: 0 once dead. Other threads may change it at any time.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let weak = Strong::downgrade(&image);
    /// let _other = weak.clone();
    /// assert_eq!(weak.weak_count(), 2);
    /// drop(image);
    /// assert_eq!(weak.weak_count(), 0);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.counts().map_or(0, raw::CountsOf::<T::Slot>::weak)
    }

    /// The identity of the object, which stays the same after its death. All dangling references
    /// share one.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let (weak, id) = (Strong::downgrade(&image), Strong::id(&image));
    /// drop(image);
    /// assert_eq!(weak.id(), id);
    /// ```
    #[inline]
    pub fn id(&self) -> ObjectId {
        ObjectId::of(self.handle.as_ptr().cast::<()>())
    }

    /// Whether both refer to the same object, dead or alive. A weak reference and a strong handle are compared by their
    /// [ids](Self::id).
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let weak = Strong::downgrade(&image);
    /// assert!(weak.ptr_eq(&weak.clone()));
    /// assert!(weak.id() == Strong::id(&image));
    /// assert!(!weak.ptr_eq(&Strong::downgrade(&Strong::new(Image))));
    /// ```
    #[inline]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl<T: ?Sized + WeakReferenceable> Drop for WeakRef<T> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_dangling() {
            // SAFETY: 1, the unit is ours (W1), and ends here.
            unsafe { death::release_weak(self.handle) };
        }
    }
}

impl<T: ?Sized + WeakReferenceable> Clone for WeakRef<T> {
    /// Aborts the process when the object has 2²⁶ weak references.
    #[inline]
    fn clone(&self) -> Self {
        if let Some(counts) = self.counts() {
            counts.retain_weak();
        }
        Self {
            handle: self.handle,
            slot: PhantomData,
        }
    }
}

impl<T: WeakReferenceable> Default for WeakRef<T> {
    /// As [`WeakRef::new`].
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized + WeakReferenceable> From<&Strong<T>> for WeakRef<T> {
    fn from(strong: &Strong<T>) -> Self {
        Strong::downgrade(strong)
    }
}

impl<T: ?Sized + WeakReferenceable> AsRef<Self> for WeakRef<T> {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl<T: ?Sized + WeakReferenceable> PartialEq for WeakRef<T> {
    /// By identity.
    fn eq(&self, other: &Self) -> bool {
        self.ptr_eq(other)
    }
}

impl<T: ?Sized + WeakReferenceable> Eq for WeakRef<T> {}

impl<T: ?Sized + WeakReferenceable> Hash for WeakRef<T> {
    /// By identity.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl<T: ?Sized + WeakReferenceable> fmt::Debug for WeakRef<T> {
    /// `<WeakRef at 0x…; to Image at 0x…>` or `<WeakRef at 0x…; dead>`. Runs no user code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, "WeakRef", core::ptr::from_ref(self).cast(), self)
    }
}

/// Writes what Python's `repr` of a weak reference says.
pub(crate) fn describe<T: ?Sized + WeakReferenceable>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    at: *const (),
    weak: &WeakRef<T>,
) -> fmt::Result {
    match weak.counts() {
        Some(counts) if !counts.is_dead() => {
            // SAFETY: 1, its handle, whose block its unit holds (W1); `separate` is what the counts
            // say. The value may be dead: only its address is taken.
            let value = unsafe { raw::value_of(weak.handle, counts.is_separate()) };
            let type_name = ShortName(core::any::type_name::<T>());
            write!(
                f,
                "<{name} at {at:p}; to {type_name} at {:p}>",
                value.as_ptr().cast::<()>()
            )
        }
        _ => write!(f, "<{name} at {at:p}; dead>"),
    }
}

impl<T: ?Sized + WeakReferenceable> Strong<T> {
    /// Makes a weak reference to the object.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// assert!(Strong::downgrade(&image).is_alive());
    /// ```
    ///
    /// # Panics
    ///
    /// Aborts the process when the object has 2²⁶ weak references.
    #[inline]
    pub fn downgrade(this: &Self) -> WeakRef<T> {
        let header = this.header();
        // SAFETY: 1, the handle's strong unit (S1) holds the block.
        unsafe { raw::at(header) }.counts.retain_weak();
        // SAFETY: 1, the value's header.
        let handle = unsafe { raw::handle_of(this.value(), header) };
        // SAFETY: 1, its handle, with the unit that was just added.
        unsafe { WeakRef::from_handle(handle) }
    }

    /// The number of handles that carry a weak reference, of container entries, and of live
    /// finalizers, whether held or not. Other threads may change it at any time.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let (_a, _b) = (Strong::downgrade(&image), Strong::downgrade(&image));
    /// assert_eq!(Strong::weak_count(&image), 2);
    /// ```
    pub fn weak_count(this: &Self) -> usize {
        // SAFETY: 1, the handle's strong unit (S1) holds the block.
        unsafe { raw::at(this.header()) }.counts.weak()
    }

    /// Weak references to the object: as many new ones as [`Strong::weak_count`] said.
    ///
    /// The new ones count too: of several threads that keep listing one object, each lists what the
    /// others hold.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let weak = Strong::downgrade(&image);
    /// assert_eq!(Strong::weak_refs(&image), [weak]);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Strong::downgrade`]: with the new ones it may reach the limit.
    pub fn weak_refs(this: &Self) -> Vec<WeakRef<T>> {
        (0..Self::weak_count(this))
            .map(|_| Self::downgrade(this))
            .collect()
    }
}

/// What every weak reference can do; a user's own kind of reference implements it too.
///
/// ```
/// use weakref::{ObjectId, Strong, WeakRef, WeakReference, WeakReferenceable};
///
/// /// A reference that carries a note.
/// struct Annotated<T: WeakReferenceable>(WeakRef<T>, &'static str);
///
/// impl<T: WeakReferenceable> WeakReference for Annotated<T> {
///     type Referent = T;
///
///     fn upgrade(&self) -> Option<Strong<T>> {
///         self.0.upgrade()
///     }
///     fn id(&self) -> ObjectId {
///         self.0.id()
///     }
///     fn is_alive(&self) -> bool {
///         self.0.is_alive()
///     }
/// }
///
/// fn alive<R: WeakReference>(references: &[R]) -> usize {
///     references.iter().filter(|reference| reference.is_alive()).count()
/// }
///
/// #[derive(WeakReferenceable)]
/// struct Image;
///
/// let image = Strong::new(Image);
/// let note = Annotated(Strong::downgrade(&image), "the cover");
/// assert_eq!(note.1, "the cover");
/// assert_eq!(alive(&[note]), 1);
/// ```
pub trait WeakReference {
    /// The type of the object.
    type Referent: ?Sized + WeakReferenceable;

    /// Makes a strong handle, if the object is alive.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn upgrade(&self) -> Option<Strong<Self::Referent>>;

    /// The identity of the object, which stays the same after its death.
    fn id(&self) -> ObjectId;

    /// Whether the object is alive.
    fn is_alive(&self) -> bool;
}

impl<T: ?Sized + WeakReferenceable> WeakReference for WeakRef<T> {
    type Referent = T;

    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn upgrade(&self) -> Option<Strong<T>> {
        self.upgrade()
    }

    fn id(&self) -> ObjectId {
        self.id()
    }

    fn is_alive(&self) -> bool {
        self.is_alive()
    }
}
