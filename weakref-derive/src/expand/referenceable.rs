//! `#[derive(WeakReferenceable)]`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, Member};

use crate::ctxt::Ctxt;
use crate::krate::Krate;
use crate::model::finalizer::attach_function;
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
    check::referenceable::check(&ctxt, &referent);

    let mut output = ctxt.into_compile_errors();
    output.extend(implement(&referent));
    output
}

/// `#[derive(WeakReferenceable)] #[weakref(finalizer = close)] struct Image<T: Pixel> { … }` expands to:
///
/// ```text
/// const _: () = {
///     …                                                              // what `undeclared` writes
///     #[automatically_derived]
///     impl<T: Pixel> ::weakref::WeakReferenceable for Image<T>
///     where
///         T: 'static,
///     {
///         type Slot = ::weakref::SyncSlot;
///         …                                                          // what `attach` writes
///         …                                                          // what `visit` writes
///     }
///     …                                                              // what `visit_nested` writes
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
    let undeclared = options.finalizers.iter().enumerate();
    let undeclared = undeclared.map(|(index, name)| undeclared_finalizer(index, name, &krate));
    let attach = attach(&options.finalizers, &krate);
    let visit = visit(input, &krate);
    let visit_nested = visit.is_some().then(|| {
        quote_spanned! {site=>
            #krate::__private::visit_nested! { (#params) (#ident #arguments) (#clause) }
        }
    });
    emit::in_anonymous_const(&quote_spanned! {site=>
        #(#undeclared)*

        #[automatically_derived]
        impl #params #krate::WeakReferenceable for #ident #arguments #clause {
            type Slot = #slot;
            #attach
            #visit
        }
        #visit_nested
    })
}

/// The fields, by the patterns of the type, for a macro that is empty without the feature `leak-trace`, of which this
/// crate cannot know:
///
/// ```text
/// ::weakref::__private::visit_fields! {
///     Self { name: __0, pixels: __1 } => "name" __0 "pixels" __1;
/// }
/// ```
///
/// A packed struct has fields to which there is no reference. An enum without variants has no values.
fn visit(input: &DeriveInput, krate: &Krate) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let is_packed = input.attrs.iter().any(is_packed);
    let arms: Vec<TokenStream> = match &input.data {
        Data::Struct(data) if !is_packed => vec![arm(&quote_spanned!(site=> Self), &data.fields)],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                let name = emit::as_ours(&variant.ident);
                arm(&quote_spanned!(site=> Self::#name), &variant.fields)
            })
            .collect(),
        Data::Struct(_) | Data::Union(_) => Vec::new(),
    };
    (!arms.is_empty()).then(|| {
        quote_spanned! {site=>
            #krate::__private::visit_fields! { #(#arms)* }
        }
    })
}

/// `Self::Circle { 0: __0 } => "0" __0;`
fn arm(path: &TokenStream, fields: &Fields) -> TokenStream {
    let site = Span::mixed_site();
    let members: Vec<Member> = fields
        .members()
        .map(|member| match member {
            Member::Named(name) => Member::Named(emit::as_ours(&name)),
            Member::Unnamed(index) => Member::Unnamed(index),
        })
        .collect();
    let names = members.iter().map(|member| match member {
        Member::Named(name) => name.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    });
    let places: Vec<Ident> = (0..members.len())
        .map(|index| format_ident!("__{index}", span = site))
        .collect();
    quote_spanned!(site=> #path { #(#members: #places),* } => #(#names #places)*;)
}

fn is_packed(attr: &Attribute) -> bool {
    let mut is_packed = false;
    if attr.path().is_ident("repr") {
        // What cannot be read the compiler refuses.
        let _read = attr.parse_nested_meta(|meta| {
            is_packed |= meta.path.is_ident("packed");
            if meta.input.peek(syn::token::Paren) {
                let content;
                syn::parenthesized!(content in meta.input);
                content.parse::<TokenStream>()?;
            }
            Ok(())
        });
    }
    is_packed
}

/// The methods that attach the declared finalizers:
///
/// ```text
/// fn __has_finalizers(&self) -> ::core::primitive::bool {
///     true
/// }
/// fn __attach_finalizers(&self, site: &::weakref::__private::Site<'_>) {
///     ::weakref::__private::Site::attach(site, self, |construction, value| {
///         Self::attach_finalizer_close_by_weakref_attribute(construction, value);
///     });
/// }
/// ```
fn attach(finalizers: &[Ident], krate: &Krate) -> Option<TokenStream> {
    if finalizers.is_empty() {
        return None;
    }
    let site = Span::mixed_site();
    let calls = finalizers.iter().map(|name| {
        let function = attach_function(name);
        let place = emit::ours_at(name);
        quote_spanned!(place=> Self::#function(construction, value);)
    });
    Some(quote_spanned! {site=>
        #[inline]
        fn __has_finalizers(&self) -> ::core::primitive::bool {
            true
        }
        fn __attach_finalizers(&self, site: &#krate::__private::Site<'_>) {
            #krate::__private::Site::attach(site, self, |construction, value| {
                #(#calls)*
            });
        }
    })
}

/// What the call of the attaching function finds if the type has none of that name: a function that nobody may call,
/// with our message instead of the compiler's about a name that the user never wrote.
///
/// ```text
/// mod __name0 {
///     pub(super) enum close {}                                       // for the message
/// }
/// trait __Undeclared0 {
///     fn attach_finalizer_close_by_weakref_attribute<C, V>(_: C, _: V) where Self: ::weakref::__private::HasFinalizer<__name0::close> {}
/// }
/// impl<T: ?::core::marker::Sized> __Undeclared0 for T {}
/// ```
fn undeclared_finalizer(index: usize, name: &Ident, krate: &Krate) -> TokenStream {
    let site = Span::mixed_site();
    let function = attach_function(name);
    let module = format_ident!("__name{index}", span = site);
    let undeclared = format_ident!("__Undeclared{index}", span = site);
    let mut name = name.clone();
    name.set_span(emit::ours_at(&name));
    quote_spanned! {site=>
        mod #module {
            pub(super) enum #name {}
        }
        trait #undeclared {
            fn #function<C, V>(_: C, _: V)
            where
                Self: #krate::__private::HasFinalizer<#module::#name>,
            {
            }
        }
        impl<T: ?::core::marker::Sized> #undeclared for T {}
    }
}

#[cfg(test)]
#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests;
