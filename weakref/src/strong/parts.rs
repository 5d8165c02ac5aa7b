//! Strong handles as plain pointers.

use core::any::type_name;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use super::Strong;
use crate::events;
use crate::referenceable::{Internal, WeakReferenceable};
use crate::token::{Glance, Token};

impl<T: ?Sized + WeakReferenceable> Strong<T> {
    /// The address of the value.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let image = Strong::new(Image(3));
    /// assert!(std::ptr::eq(Strong::as_ptr(&image), &*image));
    /// ```
    #[inline]
    pub fn as_ptr(this: &Self) -> *const T {
        this.value.as_ptr()
    }

    /// Gives the handle up for the address of the value; [`Strong::from_raw`] takes it back.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let raw = Strong::into_raw(Strong::new(Image(3)));
    /// // SAFETY: it came from `into_raw`, and is taken back once.
    /// let image = unsafe { Strong::from_raw(raw) };
    /// assert_eq!(image.0, 3);
    /// ```
    #[inline]
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn into_raw(this: Self) -> *const T {
        let this = ManuallyDrop::new(this);
        this.token.give_up(|| this.header());
        this.value.as_ptr()
    }

    /// Takes back a handle that [`Strong::into_raw`] gave up.
    ///
    /// # Safety
    ///
    /// 1. `raw` came from `into_raw` of a `Strong<T>`, or of another handle of an object that is a `T`
    ///    with the same slot, as by a coercion. It is taken back once.
    #[inline]
    pub unsafe fn from_raw(raw: *const T) -> Self {
        // SAFETY: not null, as a value's address that came from `into_raw` (1).
        let value = unsafe { NonNull::new_unchecked(raw.cast_mut()) };
        // SAFETY: 1, the value and the unit of the handle that `into_raw` gave up (1, S1).
        unsafe { Self::from_value(value) }
    }

    /// Adds a strong handle that nobody holds: for a counterpart that counts by itself, as across an FFI
    /// boundary.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let image = Strong::new(Image(3));
    /// let raw = Strong::into_raw(image.clone());
    /// // SAFETY: it came from `into_raw`, and what is added here is dropped below.
    /// unsafe { Strong::increment_strong_count(raw) };
    /// assert_eq!(Strong::strong_count(&image), 3);
    /// // SAFETY: the handle that `into_raw` gave up, and the one that was added.
    /// unsafe {
    ///     Strong::decrement_strong_count(raw);
    ///     Strong::decrement_strong_count(raw);
    /// }
    /// assert_eq!(Strong::strong_count(&image), 1);
    /// ```
    ///
    /// # Safety
    ///
    /// 1. `raw` is as [`Strong::from_raw`] asks, but is not taken back; and there is a strong handle
    ///    during the call.
    #[inline]
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub unsafe fn increment_strong_count(raw: *const T) {
        // SAFETY: 1, as asked here (1); the unit stays that of the handle that is there, since this one
        // is not dropped.
        let this = ManuallyDrop::new(unsafe { Self::from_raw(raw) });
        let _added = Self::into_raw(Self::clone(&this));
    }

    /// Drops a strong handle that nobody holds: one that [`Strong::into_raw`] gave up, or
    /// [`Strong::increment_strong_count`] added. The last one ends the object's life.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let image = Strong::new(Image(3));
    /// let weak = Strong::downgrade(&image);
    /// let raw = Strong::into_raw(image);
    /// // SAFETY: the handle that `into_raw` gave up.
    /// unsafe { Strong::decrement_strong_count(raw) };
    /// assert!(!weak.is_alive());
    /// ```
    ///
    /// # Safety
    ///
    /// 1. As for [`Strong::from_raw`].
    #[inline]
    pub unsafe fn decrement_strong_count(raw: *const T) {
        // SAFETY: 1, as asked here (1).
        drop(unsafe { Self::from_raw(raw) });
    }

    /// The same handle, seen as one to another type of its object.
    ///
    /// # Safety
    ///
    /// 1. `retype` returns the pointer that it is given, as one to a `U` that the object is, with the same slot.
    #[inline]
    pub(crate) unsafe fn retyped<U: ?Sized + WeakReferenceable>(
        self,
        retype: impl FnOnce(*const T) -> *const U,
    ) -> Strong<U> {
        let (value, token) = Self::into_parts(self);
        // SAFETY: 1, the handle just taken apart, of an object that is a `U` with the same slot (1), and put together
        // once.
        unsafe { Strong::from_parts(retype(value), token) }
    }

    /// Takes the handle apart, to be put together again by [`Self::from_parts`]. For `leak-trace` it stays the same
    /// handle.
    #[inline]
    pub(crate) fn into_parts(this: Self) -> (*const T, Token) {
        let this = ManuallyDrop::new(this);
        (this.value.as_ptr(), this.token.same())
    }

    /// Puts a handle together.
    ///
    /// # Safety
    ///
    /// 1. As for [`Self::from_raw`], of [`Self::into_parts`].
    #[inline]
    pub(crate) unsafe fn from_parts(value: *const T, token: Token) -> Self {
        // SAFETY: 1, as asked here (1).
        unsafe { Self::from_raw(value) }.with_token(token)
    }

    /// The first handle of an object that nobody else has found.
    #[inline(always)]
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub(crate) fn newborn(self) -> Self {
        let token = Token::born(self.header(), || {
            let glance = Glance::of(self.value, &self);
            (self.__type_id(Internal), type_name::<T>(), glance)
        });
        let this = self.with_token(token);
        events::born::<T>(this.header().cast());
        this
    }

    /// A handle that an upgrade made.
    #[inline(always)]
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub(crate) fn upgraded(self) -> Self {
        let token = Token::upgraded(self.header());
        self.with_token(token)
    }

    /// The handle under another token, of the same object.
    #[inline(always)]
    pub(crate) fn with_token(mut self, token: Token) -> Self {
        self.token = token;
        self
    }

    /// Which of its object's handles it is.
    #[cfg(feature = "leak-trace")]
    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    /// What is registered on the object, newest first.
    #[cfg(feature = "leak-trace")]
    pub(crate) fn registered(&self) -> Vec<crate::list::Registered> {
        // SAFETY: 1, its header, whose block our strong unit (S1) holds.
        unsafe { crate::list::registered(self.header()) }
    }
}
