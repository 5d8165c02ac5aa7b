//! `#[derive(WeakReferenceable)]`.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Field, Fields, Ident, Member, Type};

use crate::ctxt::Ctxt;
use crate::krate::Krate;
use crate::model::finalizer::attach_function;
use crate::model::referenceable::Referent;
use crate::{bound, check, emit, word};

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
///     …                                                              // what `finalizer` writes, for each
///     #[automatically_derived]
///     impl<T: Pixel> ::weakref::WeakReferenceable for Image<T>
///     where
///         T: 'static,                                                // since there is a finalizer
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
    let clause = bound::referent_clause(&input.generics, !options.finalizers.is_empty());
    let finalizers = options.finalizers.iter().enumerate();
    let finalizers = finalizers.map(|(index, name)| finalizer(index, name, referent, &krate));
    let attach = attach(&options.finalizers, &krate);
    let visit = visit(referent, &krate);
    let visit_nested = visit.is_some().then(|| {
        quote_spanned! {site=>
            #krate::__private::visit_nested! { (#params) (#ident #arguments) (#clause) }
        }
    });
    emit::in_anonymous_const(&quote_spanned! {site=>
        #(#finalizers)*

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
///     unshared;
///     Self { name: __0, pixels: __1 } => "name" __0 "pixels" __1;
/// }
/// ```
///
/// The first word says what is known of the type if it is not found to be `Sync`. Of one that has parameters it is not
/// known, since an `unsafe impl` may ask something of them: `perhaps`. One that contains itself with ever larger arguments
/// has no end, and may not be asked at all: `unasked`, and `endless` behind the fields.
///
/// A packed struct has fields to which there is no reference. An enum without variants has no values.
fn visit(referent: &Referent<'_>, krate: &Krate) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let Referent { input, options } = referent;
    let is_packed = input.attrs.iter().any(is_packed);
    let arms: Vec<TokenStream> = match &input.data {
        Data::Struct(data) if !is_packed => {
            vec![arm(input, &quote_spanned!(site=> Self), &data.fields)]
        }
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                let name = emit::as_ours(&variant.ident);
                arm(input, &quote_spanned!(site=> Self::#name), &variant.fields)
            })
            .collect(),
        Data::Struct(_) | Data::Union(_) => Vec::new(),
    };
    let has_end = fields(&input.data).all(|field| !is_endless(input, &field.ty));
    let is_generic = input.generics.type_params().next().is_some()
        || input.generics.const_params().next().is_some();
    let known = if !has_end {
        quote_spanned!(site=> unasked)
    } else if is_generic && options.local.is_none() {
        quote_spanned!(site=> perhaps)
    } else {
        quote_spanned!(site=> unshared)
    };
    (!arms.is_empty()).then(|| {
        quote_spanned! {site=>
            #krate::__private::visit_fields! { #known; #(#arms)* }
        }
    })
}

/// `Self::Circle { 0: __0 } => "0" __0;`
fn arm(input: &DeriveInput, path: &TokenStream, fields: &Fields) -> TokenStream {
    let site = Span::mixed_site();
    let members: Vec<Member> = fields
        .members()
        .map(|member| match member {
            Member::Named(name) => Member::Named(emit::as_ours(&name)),
            Member::Unnamed(index) => Member::Unnamed(index),
        })
        .collect();
    let names = members.iter().map(|member| match member {
        Member::Named(name) => word::text(name),
        Member::Unnamed(index) => index.index.to_string(),
    });
    let places: Vec<Ident> = (0..members.len())
        .map(|index| format_ident!("__{index}", span = site))
        .collect();
    let endless = fields
        .iter()
        .map(|field| is_endless(input, &field.ty).then(|| quote_spanned!(site=> endless)));
    quote_spanned!(site=> #path { #(#members: #places),* } => #(#names #places #endless)*;)
}

fn fields(data: &Data) -> Box<dyn Iterator<Item = &Field> + '_> {
    match data {
        Data::Struct(data) => Box::new(data.fields.iter()),
        Data::Enum(data) => Box::new(data.variants.iter().flat_map(|variant| &variant.fields)),
        Data::Union(_) => Box::new(std::iter::empty()),
    }
}

/// Whether the type of a field names the type itself with arguments that are made of its own parameters.
fn is_endless(input: &DeriveInput, field: &Type) -> bool {
    let types = input.generics.type_params().map(|param| &param.ident);
    let consts = input.generics.const_params().map(|param| &param.ident);
    let params: Vec<String> = types.chain(consts).map(word::text).collect();
    let name = word::text(&input.ident);
    let words = words(field.to_token_stream());
    let mut rest = words.as_slice();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != name {
            continue;
        }
        let mut depth = 0;
        let mut before = "";
        // How many words of the argument there were, and whether one is a parameter.
        let (mut count, mut is_own) = (0, false);
        for word in after {
            match (before, word.as_str()) {
                (_, "<") => depth += 1,
                ("" | ":", ":") | ("-", ">") => {}
                (_, ">") => depth -= 1,
                (_, ",") if depth == 1 => (count, is_own) = (0, false),
                _ => is_own |= params.contains(word),
            }
            let is_between = depth == 1 && (word == "<" || word == ",");
            if depth <= 0 && word != ":" {
                break;
            }
            count += usize::from(!is_between);
            if is_own && count > 1 || word == "Self" {
                return true;
            }
            before = word;
        }
    }
    false
}

/// The tokens, one by one, with the parentheses around them, and names without `r#`.
fn words(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                found.extend(words(group.stream()));
            }
            TokenTree::Group(group) => {
                // A comma in there ends no argument.
                found.push("(".into());
                found.extend(words(group.stream()).into_iter().filter(|word| word != ","));
                found.push(")".into());
            }
            TokenTree::Ident(name) => found.push(word::text(&name)),
            token => found.push(token.to_string()),
        }
    }
    found
}

fn is_packed(attr: &Attribute) -> bool {
    let mut is_packed = false;
    if word::is_path(attr.path(), "repr") {
        // What cannot be read the compiler refuses.
        let _read = attr.parse_nested_meta(|meta| {
            is_packed |= word::is_path(&meta.path, "packed");
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
/// fn __attach_finalizers(&self, __site: &::weakref::__private::Site<'_>) {
///     ::weakref::__private::Site::attach(__site, self, |__construction, __value| {
///         <Self as __Attach0<()>>::attach(__construction, __value);
///     });
/// }
/// ```
fn attach(finalizers: &[Ident], krate: &Krate) -> Option<TokenStream> {
    if finalizers.is_empty() {
        return None;
    }
    let site = Span::mixed_site();
    let calls = (0..finalizers.len()).map(|index| {
        let attach = format_ident!("__Attach{index}", span = site);
        quote_spanned!(site=> <Self as #attach<()>>::attach(__construction, __value);)
    });
    Some(quote_spanned! {site=>
        #[inline]
        fn __has_finalizers(&self) -> ::core::primitive::bool {
            true
        }
        fn __attach_finalizers(&self, __site: &#krate::__private::Site<'_>) {
            #krate::__private::Site::attach(__site, self, |__construction, __value| {
                #(#calls)*
            });
        }
    })
}

/// The call of the attaching function, and what it finds if the type has none of that name: a function that nobody may
/// call, with our message instead of the compiler's about a name that the user never wrote.
///
/// ```text
/// trait __Undeclared0<N> {
///     fn attach_finalizer_close_by_weakref_attribute<C, V>(_: C, _: V) where Self: ::weakref::__private::HasFinalizer<N> {}
/// }
/// impl<T: ?::core::marker::Sized, N> __Undeclared0<N> for T {}
/// trait __Attach0<N>: ::weakref::WeakReferenceable + ::core::marker::Sized {
///     fn attach(__construction: &::weakref::Construction<Self>, __value: &Self) where Self: __Undeclared0<N>;
/// }
/// impl<T: Pixel, close> __Attach0<close> for Image<T> where T: 'static {
///     fn attach(__construction: &::weakref::Construction<Self>, __value: &Self)
///     where
///         Self: __Undeclared0<close>,                                // which says what `N` is
///     {
///         Self::attach_finalizer_close_by_weakref_attribute(__construction, __value);
///     }
/// }
/// ```
///
/// The name that the message shows is a parameter's: of a type the compiler shows a path, if another has the same name.
fn finalizer(index: usize, name: &Ident, referent: &Referent<'_>, krate: &Krate) -> TokenStream {
    let site = Span::mixed_site();
    let generics = &referent.input.generics;
    let function = attach_function(name);
    let undeclared = format_ident!("__Undeclared{index}", span = site);
    let attach = format_ident!("__Attach{index}", span = site);
    let ident = emit::as_ours(&referent.input.ident);
    let own = generics.params.iter().map(bound::param);
    let (_, arguments, _) = generics.split_for_impl();
    let clause = bound::referent_clause(generics, true);
    let place = emit::ours_at(name);
    let call = quote_spanned!(place=> Self::#function(__construction, __value););
    let named = parameter(
        name,
        &quote_spanned!(site=> #krate #ident #generics #clause),
    );
    quote_spanned! {site=>
        trait #undeclared<N> {
            fn #function<C, V>(_: C, _: V)
            where
                Self: #krate::__private::HasFinalizer<N>,
            {
            }
        }
        impl<T: ?::core::marker::Sized, N> #undeclared<N> for T {}
        trait #attach<N>: #krate::WeakReferenceable + ::core::marker::Sized {
            fn attach(__construction: &#krate::Construction<Self>, __value: &Self)
            where
                Self: #undeclared<N>;
        }
        impl<#(#own,)* #named> #attach<#named> for #ident #arguments #clause {
            fn attach(__construction: &#krate::Construction<Self>, __value: &Self)
            where
                Self: #undeclared<#named>,
            {
                #call
            }
        }
    }
}

/// A type parameter of the finalizer's name; of another, if the `impl` says something else by that.
fn parameter(name: &Ident, used: &TokenStream) -> Ident {
    if words(used.clone()).contains(&word::text(name)) {
        return Ident::new("__Name", emit::ours_at(name));
    }
    emit::as_ours(name)
}

#[cfg(test)]
#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests;
