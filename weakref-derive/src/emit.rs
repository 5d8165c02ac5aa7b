//! The frame that every expansion stands in.
//!
//! Variables of an expansion begin with `__`: a name that is a constant, a static or a unit struct where the macro is used is
//! no new variable in a pattern, whatever its span.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Meta, MetaList, Token, Type};

use crate::krate::Krate;
use crate::word;

/// Puts items where their names meet nobody: `const _: () = { … };`. No lint is allowed in it, because `allow` is an
/// error under a user's `forbid`; instead the items are such that none fires.
pub(crate) fn in_anonymous_const(items: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> const _: () = { #items };)
}

/// The name of the user's type as a derive writes it: an expansion is not a use of a deprecated type.
///
/// It stands in this crate's edition then, where `gen` is a keyword, and a name only as `r#gen`.
pub(crate) fn as_ours(ident: &Ident) -> Ident {
    if ident == "gen" {
        return Ident::new_raw("gen", ours_at(ident));
    }
    let mut ours = ident.clone();
    ours.set_span(ours_at(ident));
    ours
}

/// The place of the user's token, for a token of an expansion.
pub(crate) fn ours_at(ident: &Ident) -> Span {
    Span::mixed_site().located_at(ident.span())
}

/// Statements that compile if the types are `FinalizerSafe`; a message to the contrary stands at the type.
pub(crate) fn assert_finalizer_safe(krate: &Krate, types: &[&Type]) -> TokenStream {
    if types.is_empty() {
        return TokenStream::new();
    }
    let site = Span::mixed_site();
    let assertions = types.iter().map(|ty| {
        let place = site.located_at(ty.span());
        quote_spanned!(place=> __owns_no_strong::<#ty>();)
    });
    quote_spanned! {site=>
        const fn __owns_no_strong<T: ?::core::marker::Sized + #krate::FinalizerSafe>() {}
        #(#assertions)*
    }
}

/// What the user allowed on a type holds for the code that names its fields' types.
pub(crate) fn allowed_lints(attrs: &[Attribute]) -> impl Iterator<Item = TokenStream> {
    attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::List(list)
            if word::is_path(&list.path, "allow") || word::is_path(&list.path, "expect") =>
        {
            let site = Span::mixed_site();
            let allowed = MetaList {
                path: Ident::new("allow", site).into(),
                ..list.clone()
            };
            Some(quote_spanned!(site=> #[#allowed]))
        }
        _ => None,
    })
}

/// What says that an item is there only sometimes goes for what is made from it: `#[cfg(…)]`, and that in `#[cfg_attr(…)]`
/// without what else stands there.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    let cfgs = attrs.iter().filter_map(|attr| {
        let meta = cfg_of(&attr.meta)?;
        Some(Attribute {
            meta,
            ..attr.clone()
        })
    });
    cfgs.collect()
}

fn cfg_of(meta: &Meta) -> Option<Meta> {
    if word::is_path(meta.path(), "cfg") {
        return Some(meta.clone());
    }
    let Meta::List(list) = meta else {
        return None;
    };
    if !word::is_path(&list.path, "cfg_attr") {
        return None;
    }
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let mut tokens = list.tokens.clone().into_iter().peekable();
    let predicate: TokenStream =
        std::iter::from_fn(|| tokens.next_if(|token| !is_comma(token))).collect();
    let rest: TokenStream = tokens.skip(1).collect();
    // What cannot be read the compiler refuses.
    let metas = Punctuated::<Meta, Token![,]>::parse_terminated
        .parse2(rest)
        .ok()?;
    let cfgs: Vec<Meta> = metas.iter().filter_map(cfg_of).collect();
    (!cfgs.is_empty()).then(|| {
        Meta::List(MetaList {
            tokens: quote!(#predicate, #(#cfgs),*),
            ..list.clone()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `leak-trace` looks into a type by names its fields, and only then.
    #[test]
    fn keywords_of_this_edition_are_names_of_others() {
        for (name, ours) in [("gen", "r#gen"), ("r#gen", "r#gen"), ("general", "general")] {
            let name: Ident = syn::parse_str(name).unwrap();
            assert_eq!(as_ours(&name).to_string(), ours);
        }
    }
}
