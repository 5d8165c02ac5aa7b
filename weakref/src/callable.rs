//! What can be called with a tuple. Functions in ready-made objects get it in `method.rs`, beside methods.

#![forbid(unsafe_code)]

/// An object that can be called, as a Python object with `__call__`: through
/// [`Proxy::call`](crate::Proxy::call).
///
/// Functions and closures in an [`Object`](crate::Object) or [`LocalObject`](crate::LocalObject) are, with up to 8 arguments, and so
/// are types that implement it.
///
/// # Examples
///
/// ```
/// use weakref::{Callable, Proxy, Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Adder(u32);
///
/// impl Callable<(u32,)> for Adder {
///     type Output = u32;
///
///     fn call(&self, (x,): (u32,)) -> u32 {
///         self.0 + x
///     }
/// }
///
/// let adder = Strong::new(Adder(3));
/// assert_eq!(Proxy::call(&Proxy::new(&adder), (4,)), Ok(7));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be called with `{Args}`",
    label = "not callable with these arguments",
    note = "a closure is callable in an `Object` or `LocalObject`, with a tuple of up to 8 arguments, as in `Proxy::call(&proxy, (a, b))`; for a type of your own, implement `Callable`"
)]
pub trait Callable<Args> {
    /// What the call returns.
    type Output;

    /// Calls the object.
    fn call(&self, args: Args) -> Self::Output;
}
