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
/// * `crate = path`: where the `weakref` crate is, when it has been renamed or re-exported.
#[proc_macro_derive(WeakReferenceable, attributes(weakref))]
pub fn derive_weak_referenceable(input: TokenStream) -> TokenStream {
    expand::referenceable::derive(input.into()).into()
}
