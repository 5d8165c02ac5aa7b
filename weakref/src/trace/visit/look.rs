//! What is known of a field, or of a type, asked where the derive's code knows it: of traits with one method the compiler takes
//! the first that the field has.

use core::any::TypeId;
use core::marker::PhantomData;

use super::{Vacant, Visit, Visitor, Why};
use crate::finalizer_safe::FinalizerSafe;
use crate::referenceable::type_id;

/// A field.
#[derive(Debug)]
pub struct Look<'a, F: ?Sized>(pub &'a F);

// The methods have names that no trait in the user's scope has.

/// A field that can be looked into.
pub trait LookInside {
    /// Shows its handles.
    fn __weakref_look(&self, visitor: &mut Visitor<'_>, field: &'static str);
}

impl<F: ?Sized + Visit> LookInside for &&&&Look<'_, F> {
    fn __weakref_look(&self, visitor: &mut Visitor<'_>, field: &'static str) {
        visitor.within(field, |visitor| self.0.visit(visitor));
    }
}

/// What says that it owns no handle.
pub trait LookSafe {
    /// Shows nothing.
    fn __weakref_look(&self, visitor: &mut Visitor<'_>, field: &'static str);
}

impl<F: ?Sized + FinalizerSafe> LookSafe for &&&Look<'_, F> {
    fn __weakref_look(&self, _: &mut Visitor<'_>, _: &'static str) {}
}

/// What is `Copy`: it owns nothing.
pub trait LookCopied {
    /// Shows nothing.
    fn __weakref_look(&self, visitor: &mut Visitor<'_>, field: &'static str);
}

impl<F: Copy> LookCopied for &&Look<'_, F> {
    fn __weakref_look(&self, _: &mut Visitor<'_>, _: &'static str) {}
}

/// A field that cannot be looked into, but may be seen to have nothing inside.
pub trait LookVacant {
    /// Says that it is hidden, if it has something inside.
    fn __weakref_look(&self, visitor: &mut Visitor<'_>, field: &'static str);
}

impl<F: ?Sized + Vacant> LookVacant for &Look<'_, F> {
    fn __weakref_look(&self, visitor: &mut Visitor<'_>, field: &'static str) {
        if !self.0.is_vacant(visitor.borrows) {
            visitor.within(field, |visitor| visitor.hide::<F>(Why::Type));
        }
    }
}

/// Any other field.
pub trait LookHidden {
    /// Says that it is hidden.
    fn __weakref_look(&self, visitor: &mut Visitor<'_>, field: &'static str);
}

impl<F: ?Sized> LookHidden for Look<'_, F> {
    fn __weakref_look(&self, visitor: &mut Visitor<'_>, field: &'static str) {
        visitor.within(field, |visitor| visitor.hide::<F>(Why::Type));
    }
}

/// That a type is `Sync`, or may be. There is none that says the former of any other type.
#[derive(Clone, Copy, Debug)]
pub struct Sharing(Option<TypeId>);

impl Sharing {
    /// Of a type of which it is not known.
    pub const PERHAPS: Self = Self(None);

    /// Whether it is said of the type.
    pub(in crate::trace) fn is_of(self, type_id: TypeId) -> bool {
        self.0 == Some(type_id)
    }
}

/// Asks whether `T` is `Sync`, as [`Look`] asks for traits.
#[derive(Debug)]
pub struct Asked<T: ?Sized>(PhantomData<fn(&T)>);

impl<T: ?Sized> Asked<T> {
    /// A question.
    #[expect(clippy::new_without_default, reason = "for generated code")]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

/// Of what is `Sync`.
pub trait Shared {
    /// What says so, if it is.
    fn __weakref_sharing(&self) -> Option<Sharing>;
}

impl<T: ?Sized + Sync> Shared for &Asked<T> {
    fn __weakref_sharing(&self) -> Option<Sharing> {
        Some(Sharing(Some(type_id::<T>())))
    }
}

/// Of anything else.
pub trait Unshared {
    /// What says so, if it is.
    fn __weakref_sharing(&self) -> Option<Sharing>;
}

impl<T: ?Sized> Unshared for Asked<T> {
    fn __weakref_sharing(&self) -> Option<Sharing> {
        None
    }
}
