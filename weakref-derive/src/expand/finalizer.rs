//! `#[finalizer]`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{AttrStyle, Attribute, FnArg, ReturnType, Signature, Type};

use crate::check;
use crate::ctxt::Ctxt;
use crate::emit;
use crate::krate::Krate;
use crate::model::finalizer::{Action, Finalizer, Function};

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
        return [mistakes, inert(&finalizer)].into_iter().collect();
    }
    match function.action() {
        Some(action) if function.receiver().is_some() => method(&finalizer, &action),
        _ => plain_function(&finalizer),
    }
}

/// `#[finalizer] pub fn remove(&self) -> impl FnOnce() -> R { … }` expands to:
///
/// ```text
/// pub fn remove(&self) -> impl Detached<<Self as WeakReferenceable>::Slot> + FnOnce() -> R {
///     let _ = Self::REMOVE;                                          // else a private key would be dead code
///     …
/// }
///
/// /// Finds the finalizer [`remove`](Self::remove) of an object.
/// pub const REMOVE: FinalizerKey<Self, R> = FinalizerKey::new("remove");
///
/// #[doc(hidden)]
/// pub fn __finalizer_remove(construction: &Construction<Self>, value: &Self) {
///     attach(construction, Self::REMOVE, true, Self::remove(value));
/// }
/// ```
fn method(finalizer: &Finalizer<'_>, action: &Action<'_>) -> TokenStream {
    let site = Span::mixed_site();
    let Function {
        attrs,
        vis,
        sig,
        stmts,
    } = finalizer.function;
    let krate = Krate::from(finalizer.options.krate.clone());
    let (name, key, attach) = (&sig.ident, finalizer.key(), finalizer.attach());
    let (outer, inner) = by_style(attrs);
    let cfgs = cfgs(attrs);
    let clause = &sig.generics.where_clause;
    let at_exit = finalizer.at_exit();
    let sig = with_output(sig, detached(action, &krate));
    let constant = constant(finalizer, action.result);

    quote_spanned! {site=>
        #(#outer)*
        #vis #sig {
            #(#inner)*
            let _ = Self::#key;
            #(#stmts)*
        }

        #constant

        #(#cfgs)*
        #[doc(hidden)]
        #vis fn #attach(construction: &#krate::Construction<Self>, value: &Self) #clause {
            #krate::__private::attach(construction, Self::#key, #at_exit, Self::#name(value));
        }
    }
}

/// The action's type with the bound that makes it outlive the object. It is written where the action's type stands,
/// about which it speaks; and first, because nothing may follow a result such as `&'static dyn Trait`.
fn detached(action: &Action<'_>, krate: &Krate) -> Type {
    let place = Span::mixed_site().located_at(action.ty.span());
    let krate = krate.at(place);
    let (impl_token, bounds) = (&action.ty.impl_token, &action.ty.bounds);
    Type::Verbatim(quote_spanned! {place=>
        #impl_token #krate::__private::Detached<<Self as #krate::WeakReferenceable>::Slot> + #bounds
    })
}

/// The constant by which `Finalizer::of` finds the finalizer of an object.
fn constant(finalizer: &Finalizer<'_>, result: Option<&Type>) -> TokenStream {
    let site = Span::mixed_site();
    let Function { attrs, vis, .. } = finalizer.function;
    let krate = Krate::from(finalizer.options.krate.clone());
    let (cfgs, key, name) = (cfgs(attrs), finalizer.key(), finalizer.function.name());
    let doc = format!("Finds the finalizer [`{name}`](Self::{name}) of an object.");
    let unit = quote_spanned!(site=> ());
    let result = result.map_or(unit, ToTokens::to_token_stream);
    quote_spanned! {site=>
        #(#cfgs)*
        #[doc = #doc]
        #vis const #key: #krate::FinalizerKey<Self, #result> = #krate::FinalizerKey::new(#name);
    }
}

/// A method or function with mistakes in it. Where the action's type is known, the body is replaced, so that the
/// compiler does not say the same in other words; and what the derive calls is there.
fn inert(finalizer: &Finalizer<'_>) -> TokenStream {
    let site = Span::mixed_site();
    let function = finalizer.function;
    let Function {
        attrs,
        vis,
        sig,
        stmts,
    } = function;
    let (outer, inner) = by_style(attrs);
    let action = function.action();
    let body = if let Some(Action { result, .. }) = action {
        let result = result.map(|result| quote_spanned!(site=> -> #result));
        quote_spanned!(site=> || #result { loop {} })
    } else {
        quote!(#(#stmts)*)
    };
    let mut output = quote_spanned!(site=> #(#outer)* #vis #sig { #(#inner)* #body });
    if function.receiver().is_none() {
        return output;
    }
    let attach = finalizer.attach();
    let cfgs = cfgs(attrs);
    output.extend(quote_spanned! {site=>
        #(#cfgs)*
        #[doc(hidden)]
        #vis fn #attach<C, V>(_: C, _: V) {}
    });
    if finalizer.key() != sig.ident {
        let result = action.and_then(|action| action.result);
        let result = result.filter(|result| check::finalizer::is_owned(result));
        output.extend(constant(finalizer, result));
    }
    output
}

/// `#[finalizer] fn remove(path: PathBuf) -> R { … }` expands to:
///
/// ```text
/// fn remove(path: PathBuf) -> R {
///     const fn __owns_no_strong<T: ?Sized + FinalizerSafe>() {}
///     __owns_no_strong::<PathBuf>();
///     …
/// }
/// ```
fn plain_function(finalizer: &Finalizer<'_>) -> TokenStream {
    let Function {
        attrs,
        vis,
        sig,
        stmts,
    } = finalizer.function;
    let krate = Krate::from(finalizer.options.krate.clone());
    let types = sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(parameter) => Some(&*parameter.ty),
        FnArg::Receiver(_) => None,
    });
    let assertions = emit::assert_finalizer_safe(&krate, &types.collect::<Vec<_>>());
    let (outer, inner) = by_style(attrs);
    quote_spanned! {Span::mixed_site()=>
        #(#outer)*
        #vis #sig {
            #(#inner)*
            #assertions
            #(#stmts)*
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

/// What is there only sometimes takes with it what is made from it.
fn cfgs(attrs: &[Attribute]) -> Vec<&Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .collect()
}

#[cfg(test)]
#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests;
