//! The frame that every expansion stands in.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

/// Puts items where their names meet nobody: `const _: () = { … };`. No lint is allowed in it, because `allow` is an
/// error under a user's `forbid`; instead the items are such that none fires.
pub(crate) fn in_anonymous_const(items: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> const _: () = { #items };)
}

/// The name of the user's type as a derive writes it: an expansion is not a use of a deprecated type.
pub(crate) fn as_ours(ident: &Ident) -> Ident {
    let mut ours = ident.clone();
    ours.set_span(ours_at(ident));
    ours
}

/// The place of the user's token, for a token of an expansion.
pub(crate) fn ours_at(ident: &Ident) -> Span {
    Span::mixed_site().located_at(ident.span())
}
