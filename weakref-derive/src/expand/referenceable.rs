//! `#[derive(WeakReferenceable)]`.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::DeriveInput;

use crate::ctxt::Ctxt;
use crate::krate::Krate;
use crate::model::Referent;
use crate::{bound, check, emit};

/// Expands the derive: mistakes first, then the impl, which is there even if there were mistakes.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let ctxt = Ctxt::new();
    let referent = Referent::read(&ctxt, &input);
    check::referenceable::check(&ctxt, &referent);

    let mut output = ctxt.into_compile_errors();
    output.extend(implement(&referent));
    output
}

/// `#[derive(WeakReferenceable)] struct Image<T: Pixel> { … }` expands to:
///
/// ```text
/// const _: () = {
///     #[automatically_derived]
///     impl<T: Pixel> ::weakref::WeakReferenceable for Image<T>
///     where
///         T: 'static,
///     {
///         type Slot = ::weakref::SyncSlot;
///     }
/// };
/// ```
fn implement(referent: &Referent<'_>) -> TokenStream {
    let Referent { input, options } = referent;
    let site = Span::mixed_site();
    let krate = Krate::from(options.krate.clone());
    let slot = if let Some(local) = &options.local {
        // At the word that asked for it, which is what a message about the slot should show.
        let place = emit::ours_at(local);
        let krate = krate.at(place);
        quote_spanned!(place=> #krate::LocalSlot)
    } else {
        quote_spanned!(site=> #krate::SyncSlot)
    };
    let ident = emit::as_ours(&input.ident);
    let params = bound::params(&input.generics);
    let (_, arguments, _) = input.generics.split_for_impl();
    let clause = bound::outliving_clause(&input.generics);
    emit::in_anonymous_const(&quote_spanned! {site=>
        #[automatically_derived]
        impl #params #krate::WeakReferenceable for #ident #arguments #clause {
            type Slot = #slot;
        }
    })
}

#[cfg(test)]
#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests;
