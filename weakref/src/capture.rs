//! Closures that capture objects weakly.

#![forbid(unsafe_code)]

use crate::construct::Construction;
use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;
use crate::weak::WeakRef;

/// Writes a closure that captures objects weakly, and upgrades all of them when it is called:
/// `weak!([object, name = expression] else value, move |…| …)`.
///
/// In the closure the names are strong handles. They are dropped when it returns; a call when one of
/// the objects is dead returns `value` at once, which may not name an object. Without `else` the
/// closure must return `()`.
///
/// What can be captured is a [`Strong`], a [`WeakRef`], or a reference to one; the
/// [`Construction`](crate::Construction) of `new_cyclic` counts as one. `self` needs another
/// name: `[this = self]`. Futures are refused, as far as the syntax tells: they would hold the
/// object across every await.
///
/// If the drop of a handle panics, because it was the last and the value's `Drop` does, what the closure returned is leaked:
/// so the compiler does with every function whose locals panic when it returns.
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable, weak};
///
/// #[derive(WeakReferenceable)]
/// struct Counter(u32);
///
/// let (counter, other) = (Strong::new(Counter(1)), Strong::new(Counter(10)));
/// let sum = weak!([counter, second = other] else 0, move |x: u32| counter.0 + second.0 + x);
/// assert_eq!(sum(100), 111);
/// assert_eq!(Strong::strong_count(&counter), 1);
///
/// drop(other);
/// assert_eq!(sum(100), 0);
/// ```
///
/// A future does not compile:
///
/// ```compile_fail
/// # use weakref::{Object, Strong, weak};
/// let object = Strong::new(Object(1));
/// let _ = weak!([object], move || async move { object.0 });
/// ```
#[cfg(feature = "derive")]
#[macro_export]
macro_rules! weak {
    ($($input:tt)*) => {
        $crate::__private::__weak!($crate; $($input)*)
    };
}

/// What [`weak!`](crate::weak) can capture.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be captured weakly",
    label = "neither a `Strong` nor a `WeakRef`",
    note = "capture a handle of the object; a method that has only `&self` needs a `WeakRef` to its own object, as `Strong::new_cyclic` gives one"
)]
pub trait Capture<T: ?Sized + WeakReferenceable> {
    /// Makes the weak reference.
    fn capture(&self) -> WeakRef<T>;
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + WeakReferenceable> Capture<T> for Strong<T> {
    fn capture(&self) -> WeakRef<T> {
        Self::downgrade(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + WeakReferenceable> Capture<T> for WeakRef<T> {
    fn capture(&self) -> WeakRef<T> {
        self.clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + WeakReferenceable> Capture<T> for Construction<T> {
    fn capture(&self) -> WeakRef<T> {
        WeakRef::clone(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + WeakReferenceable, C: ?Sized + Capture<T>> Capture<T> for &C {
    fn capture(&self) -> WeakRef<T> {
        C::capture(self)
    }
}

/// What [`weak!`](crate::weak) calls for each handle.
pub fn capture<T: ?Sized + WeakReferenceable, C: ?Sized + Capture<T>>(handle: &C) -> WeakRef<T> {
    handle.capture()
}

/// What a closure without `else` returns.
#[diagnostic::on_unimplemented(
    message = "a closure that captures weakly must say what it returns when an object is dead",
    label = "this is not `()`",
    note = "write `weak!([object] else value, move |…| …)`"
)]
pub trait Nothing {
    /// The only value.
    fn nothing() -> Self;
}

#[diagnostic::do_not_recommend]
impl Nothing for () {
    fn nothing() -> Self {}
}

/// The result of a closure that never returns. If an object is dead, the call panics.
#[diagnostic::do_not_recommend]
impl Nothing for <fn() -> ! as Returns>::Output {
    fn nothing() -> Self {
        crate::proxy::dead(crate::error::ReferenceError)
    }
}

/// Names `!`, which is not yet a type of its own.
#[expect(unnameable_types, reason = "names another")]
pub trait Returns {
    type Output;
}

impl<R> Returns for fn() -> R {
    type Output = R;
}

/// What [`weak!`](crate::weak) returns without `else`.
pub fn nothing<R: Nothing>() -> R {
    R::nothing()
}
