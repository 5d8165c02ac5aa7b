//! What generated code may name. Not public API.

use core::pin::Pin;
use core::ptr::NonNull;

pub use std::boxed::Box;

pub use crate::capture::{Capture, Nothing, capture, nothing};
use crate::construct::Construction;
pub use crate::ending::drop_first;
#[cfg(feature = "tracing")]
pub use crate::events::{Since, tell};
pub use crate::finalize::Detached;
use crate::finalize::FinalizerKey;
use crate::proxy::Proxy;
pub use crate::proxy::dead;
pub use crate::referenceable::Site;
use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;
use crate::token::Token;
#[cfg(feature = "leak-trace")]
pub use crate::trace::tally::Tally;
#[cfg(feature = "leak-trace")]
pub use crate::trace::visit::{
    Asked, Look, LookCopied, LookHidden, LookInside, LookSafe, LookVacant, Shared, Sharing,
    Unshared, Vacant, Visit, Visitor,
};
#[cfg(not(feature = "leak-trace"))]
pub use crate::untraced::Tally;
use crate::weak::WeakRef;
pub use crate::{
    __if_traced as if_traced, __visit_fields as visit_fields, __visit_nested as visit_nested,
};

/// The ways to look at a field.
#[cfg(feature = "leak-trace")]
pub mod looks {
    pub use super::{
        LookCopied as _, LookHidden as _, LookInside as _, LookSafe as _, LookVacant as _,
    };
}

/// The ways to ask whether threads may share a value.
#[cfg(feature = "leak-trace")]
pub mod sharings {
    pub use super::{Shared as _, Unshared as _};
}

#[cfg(feature = "derive")]
pub use weakref_derive::__weak;

#[cfg(loom)]
pub use crate::exit::model as exit;
#[cfg(loom)]
pub use crate::sync::ORDERINGS;
#[cfg(any(loom, shuttle))]
pub use crate::sync::choose;
#[cfg(loom)]
pub use crate::sync::model;
pub use crate::sync::{Bug, Sequence, raise, seeded};

mod sealed {
    use crate::token::Token;

    /// A handle that can be taken apart and put together at another type.
    #[expect(unnameable_types, reason = "seals `Handle`")]
    pub trait Parts<T: ?Sized>: Sized {
        fn into_parts(self) -> (*mut T, Token);

        /// # Safety
        ///
        /// 1. `parts` came from `into_parts` of a handle of this kind, of `T` or of a type from which
        ///    it was coerced, with the same slot. It is taken back once.
        unsafe fn from_parts(parts: *mut T, token: Token) -> Self;
    }
}

/// A kind of handle. A borrowed one has a kind, so that of `coerce!(&handle => …)` the compiler says one thing: that it is
/// no [`Handle`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be coerced",
    label = "neither a `Strong` nor a `WeakRef` nor a `Proxy`"
)]
pub trait Kind {
    type Referent: ?Sized + WeakReferenceable;
    type At<U: ?Sized + WeakReferenceable>: sealed::Parts<U>;
}

impl<H: Kind> Kind for &H {
    type Referent = H::Referent;
    type At<U: ?Sized + WeakReferenceable> = H::At<U>;
}

/// A handle that [`coerce!`](crate::coerce) can unsize.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be coerced",
    label = "neither a `Strong` nor a `WeakRef` nor a `Proxy`",
    note = "`coerce!` takes the handle by value: `coerce!(strong => dyn Trait)`, or to keep it `coerce!(strong.clone() => dyn Trait)`"
)]
pub trait Handle: Kind + sealed::Parts<Self::Referent> {}

impl<T: ?Sized + WeakReferenceable> sealed::Parts<T> for Strong<T> {
    fn into_parts(self) -> (*mut T, Token) {
        let (value, token) = Self::into_parts(self);
        (value.cast_mut(), token)
    }

    /// # Safety
    ///
    /// 1. As for the trait's.
    unsafe fn from_parts(parts: *mut T, token: Token) -> Self {
        // SAFETY: 1, from `into_parts`, of an object that is a `T` with the same slot (1).
        unsafe { Self::from_parts(parts, token) }
    }
}

impl<T: ?Sized + WeakReferenceable> Kind for Strong<T> {
    type Referent = T;
    type At<U: ?Sized + WeakReferenceable> = Strong<U>;
}

impl<T: ?Sized + WeakReferenceable> Handle for Strong<T> {}

impl<T: ?Sized + WeakReferenceable> sealed::Parts<T> for Pin<Strong<T>> {
    fn into_parts(self) -> (*mut T, Token) {
        // SAFETY: the value stays pinned: of the handle only its parts are used, and what is made of those
        // is pinned again.
        let strong = unsafe { Self::into_inner_unchecked(self) };
        sealed::Parts::into_parts(strong)
    }

    /// # Safety
    ///
    /// 1. As for the trait's.
    unsafe fn from_parts(parts: *mut T, token: Token) -> Self {
        // SAFETY: 1, the parts are those of the handle in the pin that was taken apart (1).
        let strong = unsafe { Strong::from_parts(parts, token) };
        // SAFETY: it was pinned when it was taken apart (1), and nobody had it meanwhile.
        unsafe { Self::new_unchecked(strong) }
    }
}

impl<T: ?Sized + WeakReferenceable> Kind for Pin<Strong<T>> {
    type Referent = T;
    type At<U: ?Sized + WeakReferenceable> = Pin<Strong<U>>;
}

impl<T: ?Sized + WeakReferenceable> Handle for Pin<Strong<T>> {}

impl<T: ?Sized + WeakReferenceable> sealed::Parts<T> for WeakRef<T> {
    fn into_parts(self) -> (*mut T, Token) {
        (self.into_handle().as_ptr(), Token::PARKED)
    }

    /// # Safety
    ///
    /// 1. As for the trait's.
    unsafe fn from_parts(parts: *mut T, _: Token) -> Self {
        // SAFETY: not null, as the handle that it came from (1).
        let handle = unsafe { NonNull::new_unchecked(parts) };
        // SAFETY: 1, the handle and the unit of the reference that was taken apart (1, W1).
        unsafe { Self::from_handle(handle) }
    }
}

impl<T: ?Sized + WeakReferenceable> Kind for WeakRef<T> {
    type Referent = T;
    type At<U: ?Sized + WeakReferenceable> = WeakRef<U>;
}

impl<T: ?Sized + WeakReferenceable> Handle for WeakRef<T> {}

impl<T: ?Sized + WeakReferenceable> sealed::Parts<T> for Proxy<T> {
    fn into_parts(self) -> (*mut T, Token) {
        Self::into_reference(self).into_parts()
    }

    /// # Safety
    ///
    /// 1. As for the trait's.
    unsafe fn from_parts(parts: *mut T, token: Token) -> Self {
        // SAFETY: 1, the parts are those of the proxy's reference (1).
        Self::from_reference(unsafe { WeakRef::from_parts(parts, token) })
    }
}

impl<T: ?Sized + WeakReferenceable> Kind for Proxy<T> {
    type Referent = T;
    type At<U: ?Sized + WeakReferenceable> = Proxy<U>;
}

impl<T: ?Sized + WeakReferenceable> Handle for Proxy<T> {}

/// Unsizes a handle.
///
/// # Safety
///
/// 1. `unsize` is an unsizing coercion: it changes metadata and nothing else.
pub unsafe fn coerce<H, U>(handle: H, unsize: fn(*mut H::Referent) -> *mut U) -> H::At<U>
where
    H: Handle,
    U: ?Sized + WeakReferenceable<Slot = <H::Referent as WeakReferenceable>::Slot> + 'static,
{
    use sealed::Parts;
    let (parts, token) = handle.into_parts();
    let parts = unsize(parts);
    // SAFETY: 1, taken apart here and put together once; `unsize` is a coercion (1), and the bounds say
    // that the slot is the same and the kind of handle too.
    unsafe { <H::At<U>>::from_parts(parts, token) }
}

/// Attaches a finalizer that a type declares, while an object is built.
pub fn attach<T, F, R>(
    construction: &Construction<T>,
    key: FinalizerKey<T, R>,
    at_exit: bool,
    action: F,
) where
    T: ?Sized + WeakReferenceable,
    F: FnOnce() -> R + Detached<T::Slot>,
    R: 'static,
{
    crate::finalize::attach(construction, key, at_exit, action);
}

/// What a type lacks that declares a finalizer nobody wrote; `N` has the name of the method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no finalizer `{N}`",
    label = "no method of this name with `#[finalizer]`",
    note = "put `#[finalizer]` above the method `{N}`, in an `impl` of the type with no more bounds than its definition, or remove `finalizer = {N}`"
)]
pub trait HasFinalizer<N> {}

// Without any, the compiler advises to add one.
#[diagnostic::do_not_recommend]
impl<N> HasFinalizer<N> for () {}
