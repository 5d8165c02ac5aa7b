//! What an object owns: the strong handles in its value's fields, found by code that the derive writes, which is safe.
//!
//! A trait cannot say what a type does *not* have, so fields are told apart where their types are known, in the
//! derive's code: of traits with one method the compiler takes the first that the field has. What has no [`Visit`] and is
//! neither [`FinalizerSafe`](crate::FinalizerSafe) nor `Copy` is said to be hidden: a closure, a `dyn` type, a type without
//! the derive, a type parameter. So is what has such a type inside, unless it is [`Vacant`]: a list without elements, a
//! `None`.
//!
//! V1: of what is looked into only the insides of locks and cells change while others have references to it. Cells are
//! borrowed only by the thread of the object, and only while everything around them is of types that are not `Sync`: what
//! is `Sync` and has a cell keeps threads apart by means of its own, by an `unsafe impl`, of which nobody here can know.
//! That a type is not `Sync` is known only of one without parameters; with them it is taken to be if its slot is that of
//! one thread.
//!
//! Nothing here allocates, waits or calls code of the user's: a lock that is held and a cell that is borrowed are left
//! alone. A `Visit` or `__visit` may yet be written by hand, since the derive's code has no name that others cannot
//! use. It waits at worst, or makes the process abort: if it ends or lends an object, which could be the one that it looks
//! at.

mod look;
mod vacant;

use core::any::type_name;
use core::cell::{Cell, OnceCell, RefCell};
use core::marker::PhantomData;
use core::pin::Pin;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock, RwLock, TryLockError};

use crate::finalize::Finalizer;
use crate::finalizer_safe::AssertFinalizerSafe;
use crate::method::{BoundMethod, WeakMethod};
use crate::object::{LocalObject, Object};
use crate::plain::with_plain_types;
use crate::proxy::Proxy;
use crate::referenceable::WeakReferenceable;
use crate::send_weak::SendWeak;
use crate::strong::Strong;
use crate::trace::may_be_shared;
use crate::value_ref::ValueRef;
use crate::weak::WeakRef;
use crate::weak_cell::WeakCell;

pub use self::look::{
    Asked, Look, LookCopied, LookHidden, LookInside, LookSafe, LookVacant, Shared, Sharing,
    Unshared,
};
pub use self::vacant::Vacant;

/// How deep values with the derive may lie inside each other: a list may be as long as it likes.
const DEPTH: u32 = 64;

/// How many of them one object may have: what is shared is visited on each way to it, and ways may be many.
const NESTED: u32 = 1 << 16;

/// What was found in an object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// A strong handle of the object whose header has the address; its number, if it has one.
    Handle {
        field: &'static str,
        object: usize,
        handle: u64,
    },
    /// What cannot be looked into.
    Hidden {
        field: &'static str,
        type_name: &'static str,
        why: Why,
    },
}

/// Why a field, or a whole object, is not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Why {
    /// Nothing tells what is in a value of the type: a closure, a `dyn` type, a type without the derive.
    Type,
    /// It is locked, borrowed or lent; or raw pointers are all that holds the object.
    Busy,
    /// It belongs to another thread.
    Elsewhere,
    // V1.
    /// A cell within what is `Sync`: when it may be borrowed only its owner's code knows.
    Shared,
    /// It goes too far down.
    Deep,
}

/// Takes what an object owns.
#[derive(Debug)]
pub struct Visitor<'a> {
    /// As many as it has room for: more are counted, so that nothing allocates.
    found: &'a mut Vec<Found>,
    missed: usize,
    field: &'static str,
    depth: u32,
    nested: u32,
    /// Whether cells may be borrowed (V1).
    borrows: bool,
}

impl<'a> Visitor<'a> {
    pub(super) fn new(found: &'a mut Vec<Found>) -> Self {
        Self {
            found,
            missed: 0,
            field: "",
            depth: 0,
            nested: 0,
            borrows: false,
        }
    }

    /// For the next object.
    pub(super) fn begin(&mut self, borrows: bool) {
        self.field = "";
        self.depth = 0;
        self.nested = 0;
        self.borrows = borrows;
    }

    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// How many were found for which there was no room.
    pub(super) fn missed(&self) -> usize {
        self.missed
    }

    fn push(&mut self, found: Found) {
        if self.found.len() == self.found.capacity() {
            self.missed += 1;
        } else {
            self.found.push(found);
        }
    }

    fn hide<T: ?Sized>(&mut self, why: Why) {
        self.push(Found::Hidden {
            field: self.field,
            type_name: type_name::<T>(),
            why,
        });
    }

    /// Says that a whole object cannot be looked into.
    pub(super) fn hide_all(&mut self, why: Why) {
        self.push(Found::Hidden {
            field: "",
            type_name: "",
            why,
        });
    }

    /// As a type without the derive does.
    #[doc(hidden)]
    pub fn hide_type<T: ?Sized>(&mut self) {
        self.hide::<T>(Why::Type);
    }

    /// Says that a field cannot be looked into that is of none of the types that are visited.
    pub(super) fn hide_field(&mut self, field: &'static str, type_name: &'static str, why: Why) {
        self.push(Found::Hidden {
            field,
            type_name,
            why,
        });
    }

    fn within(&mut self, field: &'static str, visit: impl FnOnce(&mut Self)) {
        if self.depth == 0 {
            self.field = field;
        }
        visit(self);
    }

    /// Visits a value that has the derive, inside another.
    #[doc(hidden)]
    pub fn nested<T: ?Sized + WeakReferenceable>(&mut self, value: &T) {
        self.nested += 1;
        if self.depth >= DEPTH || self.nested > NESTED {
            self.hide::<T>(Why::Deep);
            return;
        }
        let borrows = self.borrows;
        self.borrows = borrows && !may_be_shared(value);
        self.depth += 1;
        value.__visit(self);
        self.depth -= 1;
        self.borrows = borrows;
    }
}

/// Knows the strong handles in a value.
pub trait Visit {
    /// Shows them.
    fn visit(&self, visitor: &mut Visitor<'_>);
}

/// The methods of a derived `WeakReferenceable` that visit the fields, by the patterns of the type. First what is known if
/// the type is not found to be `Sync`: `unshared`, that it is not, or `perhaps`, nothing; or `unasked`. A field that is
/// `endless` is of a type without end, of which nothing can be asked either.
///
/// A glob is used if one of its traits is. An import of them by name would be unused where a type asks for another, and an
/// `allow` is an error under a user's `forbid`.
#[doc(hidden)]
#[macro_export]
macro_rules! __visit_fields {
    (@look $visitor:ident $name:literal $field:ident) => {{
        use $crate::__private::looks::*;
        (&&&&&$crate::__private::Look($field)).__weakref_look($visitor, $name)
    }};
    (@look $visitor:ident $name:literal $field:ident endless) => {
        $crate::__private::LookHidden::__weakref_look(&$crate::__private::Look($field), $visitor, $name)
    };
    (@sharing unasked) => {
        ::core::option::Option::Some($crate::__private::Sharing::PERHAPS)
    };
    (@sharing perhaps) => {
        $crate::__visit_fields!(@sharing unshared)
            .or(::core::option::Option::Some($crate::__private::Sharing::PERHAPS))
    };
    (@sharing unshared) => {{
        use $crate::__private::sharings::*;
        (&&$crate::__private::Asked::<Self>::new()).__weakref_sharing()
    }};
    ($known:ident; $($pattern:pat => $($name:literal $field:ident $($endless:ident)?)*;)+) => {
        fn __visit(&self, __visitor: &mut $crate::__private::Visitor<'_>) {
            let _ = &__visitor;
            match self {
                $($pattern => {
                    $($crate::__visit_fields!(@look __visitor $name $field $($endless)?);)*
                })+
            }
        }

        fn __sharing(&self) -> ::core::option::Option<$crate::__private::Sharing> {
            $crate::__visit_fields!(@sharing $known)
        }
    };
}

/// What another crate has for this feature, as an `impl` of `Visit`.
#[doc(hidden)]
#[macro_export]
macro_rules! __if_traced {
    ($($item:item)*) => { $($item)* };
}

/// That a type with the derive can be visited inside another.
#[doc(hidden)]
#[macro_export]
macro_rules! __visit_nested {
    (($($params:tt)*) ($($type:tt)*) ($($clause:tt)*)) => {
        #[automatically_derived]
        impl $($params)* $crate::__private::Visit for $($type)* $($clause)* {
            fn visit(&self, __visitor: &mut $crate::__private::Visitor<'_>) {
                $crate::__private::Visitor::nested(__visitor, self);
            }
        }
    };
}

impl<T: ?Sized + WeakReferenceable> Visit for Strong<T> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        let found = Found::Handle {
            field: visitor.field,
            object: Self::id(self).address(),
            handle: self.token().number(),
        };
        visitor.push(found);
    }
}

impl<T: ?Sized + WeakReferenceable, F: Copy> Visit for BoundMethod<T, F> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.receiver().visit(visitor);
    }
}

/// What is in a lock, poisoned or not, if nobody has it.
fn unlocked<G>(locked: Result<G, TryLockError<G>>) -> Option<G> {
    match locked {
        Ok(inside) => Some(inside),
        Err(TryLockError::Poisoned(inside)) => Some(inside.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

macro_rules! visit_unlocked {
    ($($lock:ident $lock_if_free:ident;)*) => {$(
        impl<V: ?Sized + Visit> Visit for $lock<V> {
            fn visit(&self, visitor: &mut Visitor<'_>) {
                match unlocked(self.$lock_if_free()) {
                    Some(inside) => inside.visit(visitor),
                    None => visitor.hide::<V>(Why::Busy),
                }
            }
        }
    )*};
}

visit_unlocked! { Mutex try_lock; RwLock try_read; }

impl<V: ?Sized + Visit> Visit for RefCell<V> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        if !visitor.borrows {
            visitor.hide::<Self>(Why::Shared);
            return;
        }
        match self.try_borrow() {
            Ok(inside) => inside.visit(visitor),
            Err(_) => visitor.hide::<V>(Why::Busy),
        }
    }
}

// What is `Copy` owns nothing.
impl<V: Copy> Visit for Cell<V> {
    fn visit(&self, _: &mut Visitor<'_>) {}
}

// It is `FinalizerSafe` whatever is in it, on the word of its user, who may look for a leak right there.
impl<V> Visit for AssertFinalizerSafe<V> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.hide::<Self>(Why::Type);
    }
}

impl<V: Visit> Visit for OnceCell<V> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        if !visitor.borrows {
            visitor.hide::<Self>(Why::Shared);
            return;
        }
        if let Some(value) = self.get() {
            value.visit(visitor);
        }
    }
}

impl<V: Visit> Visit for OnceLock<V> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        if let Some(value) = self.get() {
            value.visit(visitor);
        }
    }
}

impl<V: Visit> Visit for Option<V> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        if let Some(value) = self {
            value.visit(visitor);
        }
    }
}

impl<V: Visit, E: Visit> Visit for Result<V, E> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        match self {
            Ok(value) => value.visit(visitor),
            Err(error) => error.visit(visitor),
        }
    }
}

macro_rules! visit_inside {
    ($($($path:ident)::+ <$param:ident $(: ?$sized:ident)?>;)*) => {$(
        impl<$param: Visit $(+ ?$sized)?> Visit for $($path)::+<$param> {
            fn visit(&self, visitor: &mut Visitor<'_>) {
                $param::visit(self, visitor);
            }
        }
    )*};
}

// Those that are shared are visited for each of their owners: each of them owns what is in there. Not `ManuallyDrop`, whose
// value may be dropped.
visit_inside! {
    Box<V: ?Sized>; Rc<V: ?Sized>; Arc<V: ?Sized>;
    core::panic::AssertUnwindSafe<V>; Object<V: ?Sized>; LocalObject<V: ?Sized>;
}

macro_rules! visit_pinned {
    ($($pointer:ident)*) => {$(
        impl<V: ?Sized + Visit> Visit for Pin<$pointer<V>> {
            fn visit(&self, visitor: &mut Visitor<'_>) {
                V::visit(self, visitor);
            }
        }
    )*};
}

visit_pinned!(Box Rc Arc);

macro_rules! visit_each {
    ($($path:ident <$param:ident $(, $($rest:ident),+)?>;)*) => {$(
        impl<$param: Visit $(, $($rest),+)?> Visit for $path<$param $(, $($rest),+)?> {
            fn visit(&self, visitor: &mut Visitor<'_>) {
                for value in self {
                    value.visit(visitor);
                }
            }
        }
    )*};
}

visit_each! { Vec<V>; VecDeque<V>; LinkedList<V>; BTreeSet<V>; BinaryHeap<V>; HashSet<V, S>; }

impl<V: Visit> Visit for [V] {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        for value in self {
            value.visit(visitor);
        }
    }
}

impl<V: Visit, const N: usize> Visit for [V; N] {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        for value in self {
            value.visit(visitor);
        }
    }
}

impl<K: Visit, V: Visit> Visit for BTreeMap<K, V> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        for (key, value) in self {
            key.visit(visitor);
            value.visit(visitor);
        }
    }
}

impl<K: Visit, V: Visit, S> Visit for HashMap<K, V, S> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        for (key, value) in self {
            key.visit(visitor);
            value.visit(visitor);
        }
    }
}

macro_rules! visit_tuples {
    ($($first:ident $($rest:ident)*)?) => {$(
        impl<$first: Visit, $($rest: Visit),*> Visit for ($first, $($rest,)*) {
            fn visit(&self, visitor: &mut Visitor<'_>) {
                #[expect(non_snake_case, reason = "values are named as their types")]
                let ($first, $($rest,)*) = self;
                $first.visit(visitor);
                $($rest.visit(visitor);)*
            }
        }
        visit_tuples!($($rest)*);
    )?};
}

visit_tuples!(A B C D E F G H);

/// What owns nothing.
macro_rules! plain {
    ($($type:ty),* $(,)?) => {$( impl Visit for $type { fn visit(&self, _: &mut Visitor<'_>) {} } )*};
}

macro_rules! plain_of {
    ($(($($params:tt)*) $type:ty;)*) => {$(
        impl<$($params)*> Visit for $type {
            fn visit(&self, _: &mut Visitor<'_>) {}
        }
    )*};
}

macro_rules! plain_functions {
    ($($first:ident $($rest:ident)*)?) => {$(
        impl<Out, $first, $($rest),*> Visit for fn($first, $($rest),*) -> Out {
            fn visit(&self, _: &mut Visitor<'_>) {}
        }
        plain_functions!($($rest)*);
    )?};
}

plain_functions!(A B C D E F G H);

impl<Out> Visit for fn() -> Out {
    fn visit(&self, _: &mut Visitor<'_>) {}
}

with_plain_types!(plain);

// What is behind a reference or a raw pointer is another's.
plain_of! {
    (T: ?Sized) PhantomData<T>;
    (T: ?Sized) &'static T;
    (T: ?Sized) *const T;
    (T: ?Sized) *mut T;
    (T: ?Sized) core::ptr::NonNull<T>;
    (T) core::sync::atomic::AtomicPtr<T>;
    (T: ?Sized) std::rc::Weak<T>;
    (T: ?Sized) std::sync::Weak<T>;
    (T: ?Sized + WeakReferenceable) WeakRef<T>;
    (T: ?Sized + WeakReferenceable) SendWeak<T>;
    (T: ?Sized + WeakReferenceable) Proxy<T>;
    (T: ?Sized + WeakReferenceable) WeakCell<T>;
    (T: ?Sized + WeakReferenceable) ValueRef<T>;
    (T: ?Sized + WeakReferenceable, R) Finalizer<T, R>;
    (T: ?Sized + WeakReferenceable, F: Copy) WeakMethod<T, F>;
}
