//! Objects before they are published: closed, so that every upgrade fails, with declared finalizers
//! attached before any strong handle exists.

use core::any::TypeId;
use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::Deref;
use core::ptr::NonNull;

use crate::death;
use crate::raw;
use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;
use crate::weak::WeakRef;

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
    /// 1. The object at `value` is closed, and its implicit weak unit outlives this call.
    unsafe fn new(value: NonNull<T>) -> Self {
        // SAFETY: (1).
        let header = unsafe { raw::header_of(value) };
        // SAFETY: (1).
        unsafe { raw::at(header) }.counts.retain_weak();
        // SAFETY: it is its header.
        let handle = unsafe { raw::handle_of(value, header) };
        // SAFETY: the unit was just added.
        let weak = unsafe { WeakRef::from_handle(handle) };
        Self {
            weak,
            thread: PhantomData,
        }
    }
}

impl<T: ?Sized + WeakReferenceable> Construction<T> {
    pub(crate) fn weak(&self) -> &WeakRef<T> {
        &self.weak
    }
}

/// Can be named by nobody outside this crate.
#[expect(unnameable_types, reason = "seals a method")]
#[derive(Debug)]
pub struct Internal;

/// Where the object under construction is, for the generated code that attaches its finalizers.
#[derive(Debug)]
pub struct Site<'a> {
    header: *mut (),
    /// The value, as the constructor points at it: thin or wide.
    value: MaybeUninit<[*mut (); 2]>,
    type_id: TypeId,
    life: PhantomData<&'a ()>,
}

impl Site<'_> {
    /// Calls `attach` with the construction of `value`.
    ///
    /// # Panics
    ///
    /// Panics if `value` is not the object under construction here.
    #[doc(hidden)]
    pub fn attach<T: ?Sized + WeakReferenceable>(
        &self,
        value: &T,
        attach: impl FnOnce(&Construction<T>, &T),
    ) {
        // The type behind the object is `T`, so that its shape is `T`'s and its slot too.
        assert!(
            TypeId::of::<T>() == self.type_id,
            "weakref: not the object under construction"
        );
        // Not `value`, which may have the object's address and another's metadata.
        // SAFETY: a `T` that is not sized is the constructor's type, since what a `dyn` tells is
        // sized; and the first word of any pointer is its address.
        let place = unsafe { self.value.as_ptr().cast::<NonNull<T>>().read() };
        assert!(
            core::ptr::addr_eq(place.as_ptr(), value),
            "weakref: not the object under construction"
        );
        // SAFETY: of this type, hence of this slot; the site's object is not freed.
        let handle = unsafe { raw::handle_of(place, self.header.cast()) };
        // SAFETY: the site's maker holds the implicit weak unit.
        unsafe { raw::at(raw::header(handle)) }.counts.retain_weak();
        // SAFETY: written, and shared until it is published.
        let value = unsafe { place.as_ref() };
        // SAFETY: the unit was just added.
        let weak = unsafe { WeakRef::from_handle(handle) };
        attach(
            &Construction {
                weak,
                thread: PhantomData,
            },
            value,
        );
    }
}

/// A closed object, ended unless it is published.
struct Closed<T: ?Sized + WeakReferenceable> {
    value: NonNull<T>,
    written: bool,
}

impl<T: ?Sized + WeakReferenceable> Drop for Closed<T> {
    fn drop(&mut self) {
        // SAFETY: not published, so it is ours.
        unsafe { death::abandon(self.value, self.written) };
    }
}

impl<T: ?Sized + WeakReferenceable> Closed<T> {
    /// Attaches the declared finalizers and publishes.
    fn open(self) -> Strong<T> {
        // SAFETY: written by the caller.
        let value = unsafe { self.value.as_ref() };
        // SAFETY: allocated by `raw`, and not freed.
        let header = unsafe { raw::header_of(self.value) };
        if value.__has_finalizers() {
            const { assert!(size_of::<NonNull<T>>() <= size_of::<[*mut (); 2]>()) };
            let mut place = MaybeUninit::<[*mut (); 2]>::uninit();
            // SAFETY: large enough, as asserted, and aligned like a pointer.
            unsafe { place.as_mut_ptr().cast::<NonNull<T>>().write(self.value) };
            let site = Site {
                header: header.cast(),
                value: place,
                type_id: value.__type_id(Internal),
                life: PhantomData,
            };
            value.__attach_finalizers(&site);
        }
        let closed = ManuallyDrop::new(self);
        // SAFETY: we hold the implicit weak unit.
        unsafe { raw::at(header) }.counts.publish();
        // SAFETY: published with one strong unit, which is the handle's.
        unsafe { Strong::from_value(closed.value) }
    }
}

/// Builds an object; the fast path of types that declare no finalizers never closes it.
#[inline]
pub(crate) fn build<T: WeakReferenceable>(value: T) -> Strong<T> {
    if value.__has_finalizers() {
        return build_closed(value);
    }
    let place = raw::allocate::<T>(true);
    // SAFETY: allocated for a `T`.
    unsafe { place.write(value) };
    // SAFETY: open with one strong unit, which is the handle's.
    unsafe { Strong::from_value(place) }
}

fn build_closed<T: WeakReferenceable>(value: T) -> Strong<T> {
    let place = raw::allocate::<T>(false);
    // SAFETY: allocated for a `T`.
    unsafe { place.write(value) };
    Closed {
        value: place,
        written: true,
    }
    .open()
}

pub(crate) fn build_cyclic<T: WeakReferenceable>(
    construct: impl FnOnce(&Construction<T>) -> T,
) -> Strong<T> {
    let mut closed = Closed {
        value: raw::allocate::<T>(false),
        written: false,
    };
    // SAFETY: closed, and `closed` holds the unit.
    let construction = unsafe { Construction::new(closed.value) };
    let value = construct(&construction);
    // SAFETY: allocated for a `T`.
    unsafe { closed.value.write(value) };
    closed.written = true;
    closed.open()
}

pub(crate) fn build_boxed<T: ?Sized + WeakReferenceable>(value: Box<T>) -> Strong<T> {
    let value = Box::into_raw(value);
    // SAFETY: from `into_raw`; once the value was moved only the memory is released.
    let free = || drop(unsafe { Box::from_raw(value as *mut ManuallyDrop<T>) });
    // SAFETY: valid, and `free` drops nothing.
    unsafe { move_in(value, free) }
}

/// Moves the value at `value` into a new object. `give_up` ends its old owner, which must not drop
/// it any more.
///
/// # Safety
///
/// 1. `value` is valid and may be moved from, as soon as `give_up` is called.
/// 2. `give_up` does not panic.
pub(crate) unsafe fn move_in<T: ?Sized + WeakReferenceable>(
    value: *const T,
    give_up: impl FnOnce(),
) -> Strong<T> {
    // SAFETY: (1).
    let place = unsafe { raw::allocate_like(value) };
    // SAFETY: (1).
    let size = size_of_val(unsafe { &*value });
    // SAFETY: both places are of this size, and the new one is new.
    unsafe { core::ptr::copy_nonoverlapping(value.cast::<u8>(), place.as_ptr().cast(), size) };
    give_up();
    Closed {
        value: place,
        written: true,
    }
    .open()
}
