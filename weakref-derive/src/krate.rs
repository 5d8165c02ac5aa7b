//! Where the `weakref` crate is, as seen from the code that a macro writes.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::Path;

/// The path in front of everything the expansions name: `::weakref`, or what `crate = path` says.
#[derive(Clone, Default)]
pub(crate) struct Krate(Option<Path>);

impl From<Option<Path>> for Krate {
    fn from(path: Option<Path>) -> Self {
        Self(path)
    }
}

impl Krate {
    /// The same path, shown by the compiler at `place`, for code about which there may be messages.
    pub(crate) fn at(&self, place: Span) -> TokenStream {
        let moved = |mut token: TokenTree| {
            token.set_span(token.span().located_at(place));
            token
        };
        self.to_token_stream().into_iter().map(moved).collect()
    }
}

impl ToTokens for Krate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.0 {
            Some(path) => path.to_tokens(tokens),
            None => tokens.extend(quote_spanned!(Span::mixed_site()=> ::weakref)),
        }
    }
}
