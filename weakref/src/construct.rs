//! Objects before they are published: closed, so that every upgrade fails, with declared finalizers
//! attached before any strong handle exists.

use core::alloc::Layout;
use core::any::{TypeId, type_name};
use core::convert::Infallible;
use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::pin::Pin;
use core::ptr::NonNull;

use crate::death;
use crate::events;
use crate::raw;
use crate::referenceable::{Internal, Site, WeakReferenceable};
use crate::slot::Header;
use crate::strong::Strong;
use crate::token::{Glance, Token};
use crate::weak::WeakRef;

mod make_mut;

pub(crate) use make_mut::CloneValue;

/// The object that [`Strong::new_cyclic`] is building. Derefs to a [`WeakRef`] to it, which the
/// object may store: it is dead until the object is built.
///
/// It stays on its thread and cannot be cloned, so that it is gone once the object is published.
///
/// ```
/// use weakref::{Strong, WeakRef, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Node {
///     this: WeakRef<Node>,
/// }
///
/// let node = Strong::new_cyclic(|construction| {
///     assert!(construction.upgrade().is_none());
///     Node { this: WeakRef::clone(construction) }
/// });
/// assert!(Strong::ptr_eq(&node.this.upgrade().unwrap(), &node));
/// ```
pub struct Construction<T: ?Sized + WeakReferenceable> {
    weak: WeakRef<T>,
    /// The value's layout. The place cannot tell it before the value is written.
    layout: Layout,
    /// Neither `Send` nor `Sync`.
    thread: PhantomData<*mut ()>,
}

impl<T: ?Sized + WeakReferenceable> Deref for Construction<T> {
    type Target = WeakRef<T>;

    fn deref(&self) -> &WeakRef<T> {
        &self.weak
    }
}

impl<T: ?Sized + WeakReferenceable> fmt::Debug for Construction<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Construction").field(&self.weak).finish()
    }
}

impl<T: ?Sized + WeakReferenceable> Construction<T> {
    /// # Safety
    ///
    /// 1. `value` and `header` are those of one object, which is closed: under construction on this
    ///    thread.
    /// 2. Its implicit weak unit is held during the call.
    /// 3. `layout` is its value's.
    unsafe fn new(value: NonNull<T>, header: *mut Header<T::Slot>, layout: Layout) -> Self {
        // SAFETY: 1, the implicit unit (2) holds the block.
        unsafe { raw::at(header) }.counts.retain_weak();
        // SAFETY: 1, they belong to one object (1).
        let handle = unsafe { raw::handle_of(value, header) };
        // SAFETY: 1, its handle, with the unit that was just added.
        let weak = unsafe { WeakRef::from_handle(handle) };
        Self {
            weak,
            layout,
            thread: PhantomData,
        }
    }
}

impl<T: ?Sized + WeakReferenceable> Construction<T> {
    /// Returns a weak reference to the object, as what std's `new_cyclic` gives does. It is dead until the object is made.
    ///
    /// ```
    /// # use weakref::{Strong, WeakRef, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Node(WeakRef<Node>);
    /// let node = Strong::new_cyclic(|this| Node(this.clone()));
    /// assert!(node.0.is_alive());
    /// ```
    #[expect(
        clippy::should_implement_trait,
        reason = "there is one construction of an object"
    )]
    #[must_use]
    pub fn clone(&self) -> WeakRef<T> {
        self.weak.clone()
    }

    pub(crate) fn weak(&self) -> &WeakRef<T> {
        &self.weak
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }
}

impl Site<'_> {
    /// Calls `attach` with the construction of `value`.
    ///
    /// # Panics
    ///
    /// Panics if `value` is not the object under construction here.
    #[doc(hidden)]
    pub fn attach<T: ?Sized + WeakReferenceable + 'static>(
        &self,
        value: &T,
        attach: impl FnOnce(&Construction<T>, &T),
    ) {
        // The object's type is `T`, so that its shape and its slot are those of `T`.
        assert!(
            TypeId::of::<T>() == self.type_id(),
            "weakref: not the object under construction"
        );
        // Not `value`, which may have the object's address and another's metadata.
        // SAFETY: 1, packed as the constructor points at the value (`Site::new`, 2). Its type is `T`, as was asked
        // above, or a `dyn` with a `T` behind it, which is sized then: only sized types become a `dyn`.
        let place = unsafe { death::unpack::<T>(self.value()) };
        assert!(
            core::ptr::addr_eq(place.as_ptr(), value),
            "weakref: not the object under construction"
        );
        // SAFETY: written before the site was made (`Site::new`, 2), and only shared until it is published.
        let value = unsafe { place.as_ref() };
        let layout = Layout::for_value(value);
        // SAFETY: 1, of this type and hence of its slot; on the thread that builds it, since neither a
        // site nor its loan can be sent; 2, held while the site is lent (`Site::new`, 1); 3, the value's own.
        let construction = unsafe { Construction::new(place, self.header().cast(), layout) };
        attach(&construction, value);
    }
}

impl<T: WeakReferenceable + 'static> Strong<T> {
    /// Moves `value` into a new object.
    ///
    /// Finalizers that the type declares are attached before the handle exists.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// assert_eq!(Strong::new(Image(3)).0, 3);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if a declared finalizer's method does; the value is dropped then. Calls
    /// [`handle_alloc_error`](std::alloc::handle_alloc_error) when memory runs out.
    #[inline]
    #[must_use]
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn new(value: T) -> Self {
        build(value)
    }

    /// Builds an object that holds weak references to itself.
    ///
    /// `construct` is given the object under construction, whose weak references are dead until
    /// it returned. If it panics, memory is released, and finalizers attached so far run.
    ///
    /// ```
    /// # use weakref::{Strong, WeakRef, WeakReferenceable};
    /// #[derive(WeakReferenceable)]
    /// struct Node {
    ///     this: WeakRef<Node>,
    /// }
    ///
    /// let node = Strong::new_cyclic(|construction| Node { this: construction.clone() });
    /// assert!(node.this.is_alive());
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `construct` does, and as [`Strong::new`].
    #[must_use]
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn new_cyclic(construct: impl FnOnce(&Construction<T>) -> T) -> Self {
        build_cyclic(construct)
    }

    /// As [`Strong::new_cyclic`], with a constructor that may fail.
    ///
    /// If it does, there never was an object: references to it stay dead, finalizers attached so far
    /// run, callbacks too, and memory is released before the error is returned.
    ///
    /// ```
    /// # use weakref::{Strong, WeakRef, WeakReferenceable};
    /// #[derive(WeakReferenceable)]
    /// struct Node {
    ///     this: WeakRef<Node>,
    ///     port: u16,
    /// }
    ///
    /// fn node(port: &str) -> Result<Strong<Node>, std::num::ParseIntError> {
    ///     Strong::try_new_cyclic(|construction| {
    ///         Ok(Node { this: WeakRef::clone(construction), port: port.parse()? })
    ///     })
    /// }
    ///
    /// let built = node("80")?;
    /// assert!(built.this.is_alive());
    /// assert_eq!(built.port, 80);
    /// assert!(node("http").is_err());
    /// # Ok::<(), std::num::ParseIntError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the error of `construct`.
    ///
    /// # Panics
    ///
    /// Panics if `construct` does, and as [`Strong::new`].
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn try_new_cyclic<E>(
        construct: impl FnOnce(&Construction<T>) -> Result<T, E>,
    ) -> Result<Self, E> {
        try_build_cyclic(construct)
    }

    /// Moves `value` into a new object that is pinned: no handle can be got from it.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// assert_eq!(Strong::pin(Image(3)).0, 3);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Strong::new`]; and if a hand-written [`WeakReferenceable`] lets a handle escape from the
    /// construction, through which the value could be moved.
    #[must_use]
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn pin(value: T) -> Pin<Self> {
        let this = Self::new(value);
        assert!(
            this.is_unique(),
            "weakref: a handle escaped the construction of a pinned object"
        );
        // SAFETY: the value stays where it is until it is dropped: there is no other handle, and a
        // pinned one gives out no handle and no `&mut T`.
        unsafe { Pin::new_unchecked(this) }
    }
}

impl<T: WeakReferenceable + Default + 'static> Default for Strong<T> {
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: WeakReferenceable + 'static> From<T> for Strong<T> {
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + WeakReferenceable + 'static> From<Box<T>> for Strong<T> {
    /// Moves the value out of its box. Declared finalizers are attached, those of the type behind
    /// a `dyn` too, if [`WeakReferenceable`] is a supertrait of its trait.
    ///
    /// # Complexity
    ///
    /// O(size of the value): it is copied.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn from(value: Box<T>) -> Self {
        build_boxed(value)
    }
}

/// The place of an object whose value is being made, given up unless it is written. It came from `raw` and was never
/// open; it and its implicit weak unit are owned here.
struct Unwritten<T: WeakReferenceable>(NonNull<T>);

impl<T: WeakReferenceable> Drop for Unwritten<T> {
    fn drop(&mut self) {
        // SAFETY: 1, never open, not written, owned here, and dropped once.
        unsafe { death::abandon_unwritten(self.0) };
    }
}

impl<T: WeakReferenceable> Unwritten<T> {
    fn write(self, value: T) -> Closed<T> {
        let place = ManuallyDrop::new(self).0;
        // SAFETY: allocated for a `T`, not yet written, and while it is closed nobody else reaches the value.
        unsafe { place.write(value) };
        Closed { value: place }
    }
}

/// A closed object with its value, ended unless it is published.
struct Closed<T: ?Sized + WeakReferenceable> {
    /// Came from `raw`, never open; it, its value and its implicit weak unit are owned here.
    value: NonNull<T>,
}

impl<T: ?Sized + WeakReferenceable> Drop for Closed<T> {
    fn drop(&mut self) {
        // SAFETY: 1, never open and owned here with its value, and dropped once.
        unsafe { death::abandon(self.value) };
    }
}

impl<T: ?Sized + WeakReferenceable> Closed<T> {
    fn header(&self) -> *mut Header<T::Slot> {
        // SAFETY: 1, from `raw`, and owned here; 2, with its value.
        unsafe { raw::header_of(self.value) }
    }

    fn value(&self) -> &T {
        // SAFETY: initialised, and only shared until it is published.
        unsafe { self.value.as_ref() }
    }

    /// Attaches the declared finalizers, if there are any, and publishes.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn open(self) -> Strong<T> {
        if self.value().__has_finalizers() {
            return self.attach_and_publish();
        }
        self.publish()
    }

    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn attach_and_publish(self) -> Strong<T> {
        let value = self.value();
        let (header, packed) = (self.header().cast(), death::pack(self.value));
        // SAFETY: 1, its header, closed, and held by `self`, which lends the site here alone; 2, written, and packed with
        // the type that it says it is, in a way that nobody can override.
        let site = unsafe { Site::new(header, packed, value.__type_id(Internal)) };
        value.__attach_finalizers(&site);
        self.publish()
    }

    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn publish(self) -> Strong<T> {
        let header = self.header();
        // Before anybody can upgrade.
        let token = Token::born(header, || {
            let value = self.value();
            let glance = Glance::of(self.value, value);
            (value.__type_id(Internal), type_name::<T>(), glance)
        });
        let closed = ManuallyDrop::new(self);
        // SAFETY: 1, the implicit unit, which was `self`'s, holds the block.
        unsafe { raw::at(header) }.counts.publish();
        // SAFETY: 1, from `raw`, initialised, and published with one strong unit, which is the handle's.
        let strong = unsafe { Strong::from_value(closed.value) }.with_token(token);
        events::born::<T>(header.cast());
        strong
    }
}

/// Builds an object; the fast path of types that declare no finalizers never closes it.
#[inline]
#[cfg_attr(feature = "leak-trace", track_caller)]
pub(crate) fn build<T: WeakReferenceable + 'static>(value: T) -> Strong<T> {
    if value.__has_finalizers() {
        return build_closed(value);
    }
    let place = raw::allocate::<T>(true);
    // SAFETY: allocated for a `T` just now, and found by nobody else.
    unsafe { place.write(value) };
    // SAFETY: 1, from `raw`, written, and open with one strong unit, which is the handle's.
    unsafe { Strong::from_value(place) }.newborn()
}

#[cfg_attr(feature = "leak-trace", track_caller)]
fn build_closed<T: WeakReferenceable + 'static>(value: T) -> Strong<T> {
    Unwritten(raw::allocate(false)).write(value).open()
}

#[cfg_attr(feature = "leak-trace", track_caller)]
pub(crate) fn build_cyclic<T: WeakReferenceable + 'static>(
    construct: impl FnOnce(&Construction<T>) -> T,
) -> Strong<T> {
    match try_build_cyclic(|construction| Ok::<T, Infallible>(construct(construction))) {
        Ok(strong) => strong,
        Err(never) => match never {},
    }
}

/// As [`build_cyclic`]. On an error the object ends as it does when the constructor panics.
#[cfg_attr(feature = "leak-trace", track_caller)]
pub(crate) fn try_build_cyclic<T: WeakReferenceable + 'static, E>(
    construct: impl FnOnce(&Construction<T>) -> Result<T, E>,
) -> Result<Strong<T>, E> {
    let unwritten = Unwritten(raw::allocate::<T>(false));
    let (place, layout) = (unwritten.0, Layout::new::<T>());
    // SAFETY: 1, from `raw`, and owned by `unwritten`.
    let header = unsafe { raw::header_of_place(place) };
    // SAFETY: 1, closed, its header, on the thread that builds it; 2, held by `unwritten`; 3, of its type.
    let construction = unsafe { Construction::new(place, header, layout) };
    let value = construct(&construction)?;
    Ok(unwritten.write(value).open())
}

/// Builds an object whose value is whatever the memory holds, or zeros.
///
/// # Safety
///
/// 1. Any bits are a `T`, uninitialised ones too, and it declares no finalizers.
/// 2. `layout` is that of a value with the metadata of `like`.
#[cfg_attr(feature = "leak-trace", track_caller)]
pub(crate) unsafe fn build_of_bits<T: ?Sized + WeakReferenceable + 'static>(
    like: *const T,
    layout: Layout,
    zeroed: bool,
) -> Strong<T> {
    // SAFETY: 1, the layout is that of the metadata (2).
    let place = unsafe { raw::allocate_open(like, layout) };
    if zeroed {
        // SAFETY: allocated with this layout just now, and found by nobody else.
        unsafe { place.cast::<u8>().write_bytes(0, layout.size()) };
    }
    // SAFETY: 1, from `raw`, a value whatever its bits are (1), and open with one strong unit, which is
    // the handle's.
    unsafe { Strong::from_value(place) }.newborn()
}

#[cfg_attr(feature = "leak-trace", track_caller)]
pub(crate) fn build_boxed<T: ?Sized + WeakReferenceable + 'static>(value: Box<T>) -> Strong<T> {
    // Asked while the box still owns the value: a hand-written implementation may panic.
    let has_finalizers = value.__has_finalizers();
    let value = Box::into_raw(value);
    // SAFETY: from `into_raw`, and called once. The value was moved out: only its memory is released.
    let free = || drop(unsafe { Box::from_raw(value as *mut ManuallyDrop<T>) });
    // SAFETY: 1, the box was ours, and gives up its value with `free`; 2, which drops nothing.
    unsafe { move_in(value, has_finalizers, free) }
}

/// Moves the value at `value` into a new object, and attaches its declared finalizers if it `has_finalizers`.
/// `give_up` ends its old owner, which must not drop it any more. No user code runs between the copy and `give_up`: a
/// panic there would leave the value without an owner.
///
/// # Safety
///
/// 1. `value` is valid for reads, and nobody writes to it, until `give_up` is called. After that nobody
///    uses or drops it as a value, unless its bytes may be copied.
/// 2. `give_up` does not panic.
#[cfg_attr(feature = "leak-trace", track_caller)]
pub(crate) unsafe fn move_in<T: ?Sized + WeakReferenceable + 'static>(
    value: *const T,
    has_finalizers: bool,
    give_up: impl FnOnce(),
) -> Strong<T> {
    // SAFETY: valid for reads, and nobody writes to it meanwhile (1).
    let layout = Layout::for_value(unsafe { &*value });
    // As in `build`: an object without declared finalizers is never closed.
    let place = if has_finalizers {
        // SAFETY: 1, valid for reads, and nobody writes to it meanwhile (1).
        unsafe { raw::allocate_like(value) }
    } else {
        // SAFETY: 1, it is that of a value with this metadata.
        unsafe { raw::allocate_open(value, layout) }
    };
    let bytes = place.as_ptr().cast::<u8>();
    // SAFETY: `value` is valid for reads of its size (1), for which `place` was allocated just now, so
    // that they do not overlap; bytes need no alignment.
    unsafe { core::ptr::copy_nonoverlapping(value.cast::<u8>(), bytes, layout.size()) };
    give_up();
    if has_finalizers {
        return Closed { value: place }.attach_and_publish();
    }
    // SAFETY: 1, from `raw`, written, and open with one strong unit, which is the handle's.
    unsafe { Strong::from_value(place) }.newborn()
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use crate::referenceable::{Site, WeakReferenceable};
    use crate::slot::SyncSlot;
    use crate::strong::Strong;

    static DROPPED: AtomicU32 = AtomicU32::new(0);

    /// Panics when it is asked for finalizers, or when they are attached.
    struct Unwilling(bool);

    impl WeakReferenceable for Unwilling {
        type Slot = SyncSlot;

        fn __has_finalizers(&self) -> bool {
            assert!(self.0, "not asked");
            true
        }

        fn __attach_finalizers(&self, _: &Site<'_>) {
            panic!("none are attached");
        }
    }

    impl Drop for Unwilling {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn a_panic_of_what_is_asked_during_a_construction_is_survived() {
        trait Any: WeakReferenceable<Slot = SyncSlot> {}
        impl Any for Unwilling {}
        type Make = fn(Unwilling) -> bool;
        let makes: [Make; 4] = [
            |value| Strong::strong_count(&Strong::new(value)) == 1,
            |value| Strong::strong_count(&Strong::<Unwilling>::from(Box::new(value))) == 1,
            |value| {
                Strong::strong_count(&Strong::<dyn Any>::from(Box::new(value) as Box<dyn Any>)) == 1
            },
            |value| Strong::strong_count(&Strong::new_cyclic(|_| value)) == 1,
        ];
        let mut dropped = 0;
        for make in makes {
            for is_asked in [false, true] {
                let made = catch_unwind(AssertUnwindSafe(|| make(Unwilling(is_asked))));
                assert!(made.is_err());
                dropped += 1;
                assert_eq!(DROPPED.load(Relaxed), dropped);
            }
        }
    }
}
