//! The macros of the crate `weakref`, which re-exports and documents them; depend on that one.
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
mod word;

use proc_macro::TokenStream;

/// Documented in the crate `weakref`, which re-exports it.
#[proc_macro_derive(WeakReferenceable, attributes(weakref))]
pub fn derive_weak_referenceable(input: TokenStream) -> TokenStream {
    expand::referenceable::derive(input.into()).into()
}

/// Documented in the crate `weakref`, which re-exports it.
#[proc_macro_derive(FinalizerSafe, attributes(weakref))]
pub fn derive_finalizer_safe(input: TokenStream) -> TokenStream {
    expand::finalizer_safe::derive(input.into()).into()
}

/// Documented in the crate `weakref`, which re-exports it.
#[proc_macro_attribute]
pub fn finalizer(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::finalizer::attribute(arguments.into(), item.into()).into()
}

/// Documented in the crate `weakref`, which re-exports it. An `unsafe` method is never forwarded.
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
