//! The macros of the [`weakref`](https://docs.rs/weakref) crate, which re-exports them; depend on that one.
//!
//! Every macro is the same pipeline: `attr` reads attributes, `model` holds what was read beside the user's own syntax
//! nodes, `check` refuses what makes no sense, `expand` writes code. Mistakes are collected in a `Ctxt`, so that all of
//! an input are reported at once, and an inert impl is written even then, so that one mistake gives one message.

#![forbid(unsafe_code)]

mod attr;
mod bound;
mod check;
mod ctxt;
mod emit;
mod expand;
mod krate;
mod model;
#[cfg(test)]
mod snapshot;

use proc_macro::TokenStream;

/// Declares that values of a type can be referred to weakly, by implementing `WeakReferenceable` for it.
///
/// Goes on structs and enums, generic ones included; type parameters get the bound `'static`, and lifetime parameters
/// are refused, since a death can run after any borrow has ended.
///
/// Below the derive, `#[weakref(…)]` takes
/// * `local`: counts without atomics, for objects that stay on one thread;
/// * `finalizer = name`: attaches the method `name`, which has the attribute `#[finalizer]`, to every object as it is
///   created; may stand several times, and those named last run first;
/// * `crate = path`: where the `weakref` crate is, when it has been renamed or re-exported.
#[proc_macro_derive(WeakReferenceable, attributes(weakref))]
pub fn derive_weak_referenceable(input: TokenStream) -> TokenStream {
    expand::referenceable::derive(input.into()).into()
}

/// Declares that values of a type own no `Strong`, by implementing `FinalizerSafe` for it, so that they can be arguments
/// of a finalizer.
///
/// Every field's type is checked; type parameters get the bound `FinalizerSafe`, and lifetime parameters must be
/// `'static`. Below the derive, `#[weakref(crate = path)]` says where the `weakref` crate is.
#[proc_macro_derive(FinalizerSafe, attributes(weakref))]
pub fn derive_finalizer_safe(input: TokenStream) -> TokenStream {
    expand::finalizer_safe::derive(input.into()).into()
}

/// Declares a finalizer.
///
/// On a method `fn(&self) -> impl FnOnce() -> R`, it lets `#[weakref(finalizer = name)]` attach the returned action to
/// every object of the type. The action runs when the object is gone, so it cannot use `self`: copy what it needs into
/// locals before the closure. The constant with the method's name in capitals is the key with which `Finalizer::of`
/// finds the finalizer of an object.
///
/// A method that no `#[weakref(finalizer = name)]` names is attached to no object. The compiler warns that
/// `attach_finalizer_name_by_weakref_attribute` is never used, even if the method is public. Where that is meant, as for a
/// method that is only handed to `finalize`, `#[allow(dead_code)]` on the method silences it.
///
/// No strong handle of the object exists yet when the method is called for it: upgrading a reference to the object
/// fails, so that the action cannot own it. An action may own another object, though, such as a parent that it got by
/// upgrading a reference: should that one come to own this object, neither dies. The same holds for a shared cell that
/// gets a handle later. Keep a weak reference in the action, and upgrade it when it runs.
///
/// On a function without receiver, which is an action for `finalize_with`, it makes sure that no parameter owns a
/// `Strong`, at the parameter's type.
///
/// In parentheses it takes
/// * `at_exit = false`: the action is not run when the process exits;
/// * `key = NAME`: another name for the constant;
/// * `crate = path`: where the `weakref` crate is, when it has been renamed or re-exported.
#[proc_macro_attribute]
pub fn finalizer(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::finalizer::attribute(arguments.into(), item.into()).into()
}

/// Lets proxies do what their object can: on a trait, implements it for `Proxy<T>` of every `T` that has it.
///
/// Every method is forwarded to the object, which stays alive until the method returns. When the object is dead, the
/// method panics with the text of `ReferenceError`, unless it says otherwise:
/// * `#[proxy(dead = expression)]` on a method, or `dead = expression` on the trait: the value is returned;
/// * `#[proxy(dead = error)]`: the error is returned, converted into the `Err` of the method's own `Result`; on the
///   trait, by the methods that return one;
/// * `#[proxy(skip)]` or `#[proxy(default)]` on a method with a body: that body stays, and is called on the proxy.
///
/// A method that returns a future is an `async fn`, or one whose result is `impl Future<Output = R>`,
/// `Pin<Box<dyn Future<Output = R> + 'a>>`, `BoxFuture<'a, R>` or `LocalBoxFuture<'a, R>`. The proxy's future keeps the
/// object from the call on until it is done or dropped, and calls the object's method when it is first polled: a body in
/// front of `async {}` runs no earlier. That is also when a dead object shows. A boxed future without lifetime, which
/// can hold nothing of the object, is a result as any other. `#[async_trait]` may stand above or below.
///
/// Associated types and constants are the object's. A supertrait must be implemented for the proxy too. Methods with a
/// bound on `Self`, such as `where Self: Sized`, keep their body; one without a body panics.
///
/// A method that takes `&mut self` or `self`, returns something borrowed from `self` or an `impl Trait` that is no
/// future, or has a bare `Self` in its signature cannot be forwarded, and is a compile error that says what to do.
///
/// On an `impl` of a type's own methods, `#[weakref::proxy(pub trait NameProxy)]` declares that trait with the type's
/// public methods, which return `Result<_, ReferenceError>`, and implements it for proxies of the type. A method is left
/// out with `#[proxy(skip)]`.
///
/// In parentheses both take `crate = path`: where the `weakref` crate is, when it has been renamed or re-exported.
#[proc_macro_attribute]
pub fn proxy(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::proxy::attribute(arguments.into(), item.into()).into()
}

/// What `weakref::weak!` is behind its path to the `weakref` crate.
#[doc(hidden)]
#[proc_macro]
pub fn __weak(input: TokenStream) -> TokenStream {
    expand::weak::expression(input.into()).into()
}
