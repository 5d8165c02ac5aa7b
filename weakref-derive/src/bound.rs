//! The generics of an impl, from the generics of its type. syn's own printing would copy attributes (other derives'
//! helper attributes on parameters mean nothing on an impl), so the parameters are printed here.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Generics};

/// `<'a: 'b, T: Bound, const N: usize>`, without defaults and attributes.
pub(crate) fn params(generics: &Generics) -> TokenStream {
    if generics.params.is_empty() {
        return TokenStream::new();
    }
    let params = generics.params.iter().map(|param| match param {
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
    });
    quote!(<#(#params),*>)
}

/// The where clause of the type, with `T: 'static` for every type parameter. A lifetime parameter was refused before;
/// its bound only makes the inert impl compile.
pub(crate) fn outliving_clause(generics: &Generics) -> TokenStream {
    let added = generics.params.iter().filter_map(|param| {
        let param = match param {
            GenericParam::Lifetime(param) => param.lifetime.to_token_stream(),
            GenericParam::Type(param) => param.ident.to_token_stream(),
            GenericParam::Const(_) => return None,
        };
        Some(quote_spanned!(Span::mixed_site()=> #param: 'static))
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
