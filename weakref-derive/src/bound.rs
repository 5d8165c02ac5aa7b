//! The generics of an impl, from the generics of its type. syn's own printing would copy attributes (other derives'
//! helper attributes on parameters mean nothing on an impl), so the parameters are printed here.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Generics};

use crate::krate::Krate;

/// `<'a: 'b, T: Bound, const N: usize>`, without defaults and attributes.
pub(crate) fn params(generics: &Generics) -> TokenStream {
    if generics.params.is_empty() {
        return TokenStream::new();
    }
    let params = generics.params.iter().map(param);
    quote!(<#(#params),*>)
}

/// `'a: 'b`, `T: Bound` or `const N: usize`.
pub(crate) fn param(param: &GenericParam) -> TokenStream {
    match param {
        GenericParam::Lifetime(param) => {
            let (lifetime, colon, bounds) = (&param.lifetime, &param.colon_token, &param.bounds);
            quote!(#lifetime #colon #bounds)
        }
        GenericParam::Type(param) => {
            let (ident, colon, bounds) = (&param.ident, &param.colon_token, &param.bounds);
            quote!(#ident #colon #bounds)
        }
        GenericParam::Const(param) => {
            let (ident, ty) = (&param.ident, &param.ty);
            quote!(const #ident: #ty)
        }
    }
}

/// The where clause of the type; if it `declares` finalizers, whose actions may be about them, with `T: 'static` for every
/// type parameter. Otherwise without: a task that keeps a handle is `Send` only by implementations that ask for no
/// lifetime. A lifetime parameter was refused before; its bound only makes the inert impl compile.
pub(crate) fn referent_clause(generics: &Generics, declares: bool) -> TokenStream {
    let outliving = quote_spanned!(Span::mixed_site()=> 'static);
    clause(generics, declares.then_some(&outliving))
}

/// The where clause of the type, with `T: FinalizerSafe` for every type parameter, and `'static` for lifetimes.
pub(crate) fn finalizer_safe_clause(generics: &Generics, krate: &Krate) -> TokenStream {
    let safe = quote_spanned!(Span::mixed_site()=> #krate::FinalizerSafe);
    clause(generics, Some(&safe))
}

fn clause(generics: &Generics, of_types: Option<&TokenStream>) -> TokenStream {
    let site = Span::mixed_site();
    let added = generics.params.iter().filter_map(|param| match param {
        GenericParam::Lifetime(param) => {
            let lifetime = &param.lifetime;
            Some(quote_spanned!(site=> #lifetime: 'static))
        }
        GenericParam::Type(param) => {
            let ident = &param.ident;
            of_types.map(|bound| quote_spanned!(site=> #ident: #bound))
        }
        GenericParam::Const(_) => None,
    });
    let own = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates);
    let predicates: Vec<TokenStream> = own.map(ToTokens::to_token_stream).chain(added).collect();
    if predicates.is_empty() {
        return TokenStream::new();
    }
    quote!(where #(#predicates),*)
}
