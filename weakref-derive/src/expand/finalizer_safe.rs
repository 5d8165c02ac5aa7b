//! `#[derive(FinalizerSafe)]`.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Data, DeriveInput, Fields, Type};

use crate::ctxt::Ctxt;
use crate::krate::Krate;
use crate::model::referenceable::Referent;
use crate::{bound, check, emit};

/// Expands the derive: mistakes first, then the impl, which is there even if there were mistakes.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let ctxt = Ctxt::new();
    let referent = Referent::read(&ctxt, &input);
    check::finalizer_safe::check(&ctxt, &referent);

    let mut output = ctxt.into_compile_errors();
    output.extend(implement(&referent));
    output
}

/// `#[derive(FinalizerSafe)] struct Job<T> { path: PathBuf, extra: T }` expands to:
///
/// ```text
/// const _: () = {
///     #[automatically_derived]
///     impl<T> ::weakref::FinalizerSafe for Job<T> where T: ::weakref::FinalizerSafe {}
///
///     trait __Fields {
///         fn __fields();
///     }
///     impl<T> __Fields for Job<T> where T: ::weakref::FinalizerSafe {   // an impl, so that `Self` may be in a field
///         fn __fields() {
///             const fn __owns_no_strong<T: ?::core::marker::Sized + ::weakref::FinalizerSafe>() {}
///             __owns_no_strong::<PathBuf>();
///             __owns_no_strong::<T>();
///         }
///     }
/// };
/// ```
fn implement(referent: &Referent<'_>) -> TokenStream {
    let Referent { input, options } = referent;
    let krate = Krate::from(options.krate.clone());
    let ident = emit::as_ours(&input.ident);
    let params = bound::params(&input.generics);
    let (_, arguments, _) = input.generics.split_for_impl();
    let clause = bound::finalizer_safe_clause(&input.generics, &krate);
    let allowed = emit::allowed_lints(&input.attrs);
    let types = field_types(&input.data);
    let fields = (!types.is_empty()).then(|| {
        let assertions = emit::assert_finalizer_safe(&krate, &types);
        quote_spanned! {Span::mixed_site()=>
            trait __Fields {
                fn __fields();
            }

            #[automatically_derived]
            #(#allowed)*
            impl #params __Fields for #ident #arguments #clause {
                fn __fields() {
                    #assertions
                }
            }
        }
    });
    emit::in_anonymous_const(&quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        impl #params #krate::FinalizerSafe for #ident #arguments #clause {}

        #fields
    })
}

/// The types of all fields; none of a union, which was refused.
fn field_types(data: &Data) -> Vec<&Type> {
    let fields: Vec<&Fields> = match data {
        Data::Struct(data) => vec![&data.fields],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| &variant.fields)
            .collect(),
        Data::Union(_) => Vec::new(),
    };
    fields
        .into_iter()
        .flatten()
        .map(|field| &field.ty)
        .collect()
}

#[cfg(test)]
#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests;
