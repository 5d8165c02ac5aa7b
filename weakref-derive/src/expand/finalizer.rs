//! `#[finalizer]`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::token::Brace;
use syn::{
    AttrStyle, Attribute, FnArg, Lifetime, Pat, ReceiverKind, ReturnType, Signature, Token, Type,
    TypeParamBound, WhereClause,
};

use crate::check;
use crate::ctxt::Ctxt;
use crate::emit;
use crate::krate::Krate;
use crate::model::finalizer::{Action, Finalizer, Function};
use crate::word;

/// Expands the attribute: mistakes first, then the method or function, in an inert form if there were mistakes.
pub(crate) fn attribute(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => return [error.to_compile_error(), item].into_iter().collect(),
    };
    let ctxt = Ctxt::new();
    let finalizer = Finalizer::read(&ctxt, arguments, &function);
    check::finalizer::check(&ctxt, &finalizer);
    let mistakes = ctxt.into_compile_errors();
    if !mistakes.is_empty() {
        let inert = match function.receiver() {
            Some(_) => inert_method(&finalizer),
            None => item,
        };
        return [mistakes, inert].into_iter().collect();
    }
    match function.action() {
        Some(action) if function.receiver().is_some() => method(&finalizer, &action),
        _ => plain_function(&finalizer),
    }
}

/// `#[finalizer] pub fn remove(&self) -> impl FnOnce() -> R { … }` expands to:
///
/// ```text
/// pub fn remove(&self) -> impl Detached<<Self as WeakReferenceable>::Slot> + '_ + FnOnce() -> R {
///     …
/// }
///
/// /// Finds the finalizer [`remove`](Self::remove) of an object.
/// pub const REMOVE: FinalizerKey<Self, R> = FinalizerKey::new("remove");
///
/// #[doc(hidden)]
/// pub(crate) fn attach_finalizer_remove_by_weakref_attribute(__construction: &Construction<Self>, __value: &Self) {
///     attach(__construction, Self::REMOVE, true, Self::remove(__value));
/// }
/// ```
fn method(finalizer: &Finalizer<'_>, action: &Action<'_>) -> TokenStream {
    let site = Span::mixed_site();
    let Function {
        attrs,
        vis,
        sig,
        braces,
        stmts,
    } = finalizer.function;
    let krate = Krate::from(finalizer.options.krate.clone());
    let (name, key) = (&sig.ident, finalizer.key());
    let (outer, inner) = by_style(attrs);
    let at_exit = finalizer.at_exit();
    let attach = attach_function(
        finalizer,
        &quote_spanned!(site=> (__construction: &#krate::Construction<Self>, __value: &Self)),
        sig.generics.where_clause.as_ref(),
        &quote_spanned! {site=>
            #krate::__private::attach(__construction, Self::#key, #at_exit, Self::#name(__value));
        },
    );
    let sig = with_output(sig, detached(finalizer.function, action, &krate));
    let constant = constant(finalizer, action.result);
    let used = use_of_receiver(finalizer.function);
    let body = in_braces(*braces, &quote!(#(#inner)* #used #(#stmts)*));

    quote_spanned! {site=>
        #(#outer)*
        #vis #sig #body

        #constant

        #attach
    }
}

/// The action's type with the bound that makes it outlive the object. It is written where the action's type stands,
/// about which it speaks; and first, because nothing may follow a result such as `&'static dyn Trait`.
///
/// The lifetime of the receiver, which edition 2024 would capture unasked, is there so that the compiler does not advise
/// to add it when an action borrows. It changes nothing: by its other bound the action is `'static`.
fn detached(function: &Function, action: &Action<'_>, krate: &Krate) -> Type {
    let place = Span::mixed_site().located_at(action.ty.span());
    let krate = krate.at(place);
    let (impl_token, bounds) = (&action.ty.impl_token, &action.ty.bounds);
    let captures = bounds.iter().any(|bound| {
        matches!(
            bound,
            TypeParamBound::Lifetime(_) | TypeParamBound::PreciseCapture(_)
        )
    });
    let lifetime = (!captures).then(|| {
        let elided = Lifetime::new("'_", place);
        let lifetime = function.receiver_lifetime().unwrap_or(&elided);
        quote_spanned!(place=> #lifetime +)
    });
    Type::Verbatim(quote_spanned! {place=>
        #impl_token #krate::__private::Detached<<Self as #krate::WeakReferenceable>::Slot> + #lifetime #bounds
    })
}

/// The function that the derive calls.
fn attach_function(
    finalizer: &Finalizer<'_>,
    head: &TokenStream,
    clause: Option<&WhereClause>,
    body: &TokenStream,
) -> TokenStream {
    let Function { attrs, sig, .. } = finalizer.function;
    let (cfgs, allowed) = (emit::cfgs(attrs), emit::allowed_lints(attrs));
    let (name, vis) = (finalizer.attach(), finalizer.attach_visibility());
    let attributes = quote_spanned!(Span::mixed_site()=> #(#cfgs)* #(#allowed)* #[doc(hidden)]);
    let item = quote_spanned!(sig.fn_token.span=> #vis fn #name #head #clause { #body });
    quote!(#attributes #item)
}

/// A use of `self` in a method that has none: the attribute asks for a receiver, so that no lint of unused ones is about
/// the user's code.
fn use_of_receiver(function: &Function) -> Option<TokenStream> {
    let receiver = function.receiver()?.self_token;
    let site = Span::mixed_site();
    (!check::finalizer::uses_self(function)).then(|| quote_spanned!(site=> let _ = #receiver;))
}

/// A body in the user's own braces. One item whose first or last token is a macro's is enough, and the compiler warns of
/// nothing unused in the whole `impl`.
fn in_braces(braces: Brace, body: &TokenStream) -> TokenStream {
    let mut tokens = TokenStream::new();
    braces.surround(&mut tokens, |tokens| body.to_tokens(tokens));
    tokens
}

/// The constant by which `Finalizer::of` finds the finalizer of an object.
fn constant(finalizer: &Finalizer<'_>, result: Option<&Type>) -> TokenStream {
    let site = Span::mixed_site();
    let Function {
        attrs, vis, sig, ..
    } = finalizer.function;
    let krate = Krate::from(finalizer.options.krate.clone());
    let (cfgs, key, name) = (
        emit::cfgs(attrs),
        finalizer.key(),
        finalizer.function.name(),
    );
    let doc = format!("Finds the finalizer [`{name}`](Self::{name}) of an object.");
    let unit = quote_spanned!(site=> ());
    let result = result.map_or(unit, ToTokens::to_token_stream);
    let attributes = quote_spanned!(site=> #(#cfgs)* #[doc = #doc]);
    let ty = quote_spanned!(site=> #krate::FinalizerKey<Self, #result>);
    let value = quote_spanned!(site=> #krate::FinalizerKey::new(#name));
    let item = quote_spanned!(sig.fn_token.span=> #vis const #key: #ty = #value;);
    quote!(#attributes #item)
}

/// A method with mistakes in it, so that its name and what the derive calls are there, but the compiler does not say
/// the same in other words.
fn inert_method(finalizer: &Finalizer<'_>) -> TokenStream {
    let site = Span::mixed_site();
    let function = finalizer.function;
    let Function {
        attrs, vis, sig, ..
    } = function;
    let (outer, inner) = by_style(attrs);
    let head = quote_spanned!(site=> <C, V>(_: C, _: V));
    let attach = attach_function(finalizer, &head, None, &TokenStream::new());
    let result = function.action().and_then(|action| action.result);
    let result = result.filter(|result| check::finalizer::is_owned(result));
    let key = (!word::is_same(&finalizer.key(), &sig.ident)).then(|| {
        let generic = sig.generics.type_params().next().is_some();
        constant(finalizer, result.filter(|_| !generic))
    });
    let sig = inert_signature(function, result);
    let body = match (&sig.output, function.action()) {
        (_, Some(_)) => {
            let result = result.map(|result| quote_spanned!(site=> -> #result));
            quote_spanned!(site=> || #result { loop {} })
        }
        (ReturnType::Type(_, ty), None) if matches!(**ty, Type::ImplTrait(_)) => {
            let stmts = &function.stmts;
            quote!(#(#stmts)*)
        }
        _ => quote_spanned!(site=> loop {}),
    };
    quote_spanned! {site=>
        #(#outer)*
        #vis #sig {
            #(#inner)*
            #body
        }

        #key

        #attach
    }
}

/// The signature with what was refused in it replaced or unused.
fn inert_signature(function: &Function, result: Option<&Type>) -> Signature {
    let site = Span::mixed_site();
    let mut sig = function.sig.clone();
    for input in &mut sig.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                receiver.mutability = None;
                receiver.kind = ReceiverKind::Reference(Token![&](site), None, None);
            }
            FnArg::Typed(parameter) => *parameter.pat = Pat::Verbatim(quote_spanned!(site=> _)),
        }
    }
    if let Some(action) = function.action() {
        let impl_token = &action.ty.impl_token;
        let result = result.map(|result| quote_spanned!(site=> -> #result));
        let ty = quote_spanned!(site=> #impl_token ::core::ops::FnOnce() #result);
        sig = with_output(&sig, Type::Verbatim(ty));
    }
    sig
}

/// `#[finalizer] fn remove(path: PathBuf) -> R { … }` expands to:
///
/// ```text
/// fn remove(path: PathBuf) -> R {
///     const fn __owns_no_strong<T: ?::core::marker::Sized + FinalizerSafe>() {}
///     __owns_no_strong::<PathBuf>();
///     {
///         const _: () = ();
///         …
///     }
/// }
/// ```
///
/// So no item of the body stands for a type of a parameter. The inner braces are the user's own: when temporaries of its last
/// expression are dropped, their edition says. With an item in them no lint calls them unnecessary.
fn plain_function(finalizer: &Finalizer<'_>) -> TokenStream {
    let Function {
        attrs,
        vis,
        sig,
        braces,
        stmts,
    } = finalizer.function;
    let krate = Krate::from(finalizer.options.krate.clone());
    let types = sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(parameter) => Some(&*parameter.ty),
        FnArg::Receiver(_) => None,
    });
    let assertions = emit::assert_finalizer_safe(&krate, &types.collect::<Vec<_>>());
    let (outer, inner) = by_style(attrs);
    let site = Span::mixed_site();
    let item = quote_spanned!(site=> const _: () = (););
    let body = in_braces(*braces, &quote!(#item #(#stmts)*));
    quote_spanned! {site=>
        #(#outer)*
        #vis #sig {
            #(#inner)*
            #assertions
            #body
        }
    }
}

fn with_output(sig: &Signature, ty: Type) -> Signature {
    let mut sig = sig.clone();
    if let ReturnType::Type(_, output) = &mut sig.output {
        **output = ty;
    }
    sig
}

/// The attributes above the function, and those at the head of its body.
fn by_style(attrs: &[Attribute]) -> (Vec<&Attribute>, Vec<&Attribute>) {
    attrs
        .iter()
        .partition(|attr| matches!(attr.style, AttrStyle::Outer))
}

#[cfg(test)]
#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests;
