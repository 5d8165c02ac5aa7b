//! `#[weakref::proxy]`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, FnArg, GenericParam, Generics, Ident, Item, ItemTrait, Pat, ReturnType, Safety,
    Signature, TraitItem, TraitItemConst, TraitItemType, Type, TypeParamBound,
};

use crate::attr::proxy::{Dead, is_proxy};
use crate::bound;
use crate::check;
use crate::ctxt::Ctxt;
use crate::emit;
use crate::krate::Krate;
use crate::model::proxy::{Access, Method, Plan, ProxyTrait};

mod extension;

/// Expands the attribute on a trait, or on an `impl`.
pub(crate) fn attribute(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2(item.clone()) {
        Ok(Item::Trait(item)) => on_trait(arguments, item),
        Ok(Item::Impl(item)) if item.trait_.is_none() => extension::on_impl(arguments, item),
        Ok(other) => {
            let message = match other {
                Item::Impl(_) => {
                    "`#[weakref::proxy]` goes on the trait and not on an implementation of it; \
                     of a trait that is not yours, make a trait of your own and proxy that"
                }
                _ => {
                    "`#[weakref::proxy]` goes on a trait, or as `#[weakref::proxy(pub trait NameProxy)]` \
                     on an `impl` of a type's own methods"
                }
            };
            let mistake = syn::Error::new(Span::call_site(), message).to_compile_error();
            [mistake, item].into_iter().collect()
        }
        Err(error) => [error.to_compile_error(), item].into_iter().collect(),
    }
}

fn on_trait(arguments: TokenStream, mut item: ItemTrait) -> TokenStream {
    let ctxt = Ctxt::new();
    let original = item.clone();
    let proxy = ProxyTrait::read(&ctxt, arguments, &original);
    check::proxy::check_trait(&ctxt, &proxy);
    let mistakes = ctxt.into_compile_errors();

    without_attributes(&mut item);
    let mut output = mistakes.clone();
    item.to_tokens(&mut output);
    let cannot_be_written = original.unsafety.is_some()
        || check::proxy::hides_items(&proxy)
        || check::proxy::hides_a_type(&proxy)
        || check::proxy::hides_a_result(&proxy.methods);
    if mistakes.is_empty() || !cannot_be_written {
        output.extend(implementation(&proxy, !mistakes.is_empty()));
    }
    output
}

fn without_attributes(item: &mut ItemTrait) {
    item.attrs.retain(|attr| !is_proxy(attr));
    for item in &mut item.items {
        let attrs = match item {
            TraitItem::Fn(item) => &mut item.attrs,
            TraitItem::Const(item) => &mut item.attrs,
            TraitItem::Type(item) => &mut item.attrs,
            _ => continue,
        };
        attrs.retain(|attr| !is_proxy(attr));
    }
}

/// `#[weakref::proxy] trait Listener<E>: Send { type Answer; fn notify(&self, event: &E) -> Self::Answer; }` expands to
/// the trait and:
///
/// ```text
/// const _: () = {
///     #[automatically_derived]
///     impl<__P: ?Sized, __R, E> Listener<E> for ::weakref::Proxy<__P, __R>
///     where
///         __P: Listener<E> + ::weakref::WeakReferenceable,
///         __R: ::weakref::WeakReference<Referent = __P>,
///         Self: Send,
///     {
///         type Answer = <__P as Listener<E>>::Answer;
///         fn notify(&self, event: &E) -> Self::Answer {
///             match ::weakref::Proxy::get(self) {
///                 Ok(strong) => {
///                     let result = <__P as Listener<E>>::notify(&*strong, event);
///                     ::weakref::__private::drop_first(strong, result)
///                 }
///                 Err(error) => ::weakref::__private::dead(error),
///             }
///         }
///     }
/// };
/// ```
fn implementation(proxy: &ProxyTrait<'_>, inert: bool) -> TokenStream {
    let site = Span::mixed_site();
    let ProxyTrait { item, options, .. } = proxy;
    let krate = Krate::from(options.krate.clone());
    let name = emit::as_ours(&item.ident);
    let (_, arguments, clause) = item.generics.split_for_impl();
    let of_trait = quote_spanned!(site=> #name #arguments);
    let as_trait = quote_spanned!(site=> <__P as #of_trait>);

    let (lifetimes, others) = params(&item.generics);
    let supertraits = item.supertraits.iter().filter(|bound| !is_relaxed(bound));
    let supertraits = supertraits.map(|bound| of_object(bound.to_token_stream(), &as_trait));
    let predicates = clause.iter().flat_map(|clause| &clause.predicates);
    let predicates = predicates.map(|predicate| of_object(predicate.to_token_stream(), &as_trait));

    // A future that holds the object is sent only where its handle can be.
    let sent = proxy.methods.iter().any(Method::sends_a_future);
    let sent = sent.then(|| quote_spanned!(site=> #krate::Strong<__P>: ::core::marker::Send,));
    let unsized_too =
        (!proxy.needs_sized()).then(|| quote_spanned!(site=> : ?::core::marker::Sized));
    let mut methods = proxy.methods.iter();
    let items = item.items.iter().map(|item| match item {
        TraitItem::Type(item) => associated_type(item, &as_trait),
        TraitItem::Const(item) => constant(item, &as_trait),
        TraitItem::Fn(_) => methods.next().map_or_else(TokenStream::new, |method| {
            forward(method, options.dead.as_ref(), &as_trait, &krate, inert)
        }),
        _ => TokenStream::new(),
    });
    let cfgs = cfgs(&item.attrs);
    let output = emit::in_anonymous_const(&quote_spanned! {site=>
        #[automatically_derived]
        impl<#(#lifetimes,)* __P #unsized_too, __R, #(#others,)*> #of_trait for #krate::Proxy<__P, __R>
        where
            __P: #of_trait + #krate::WeakReferenceable,
            __R: #krate::WeakReference<Referent = __P>,
            #sent
            #(Self: #supertraits,)*
            #(#predicates,)*
        {
            #(#items)*
        }
    });
    let deprecated = deprecated(&item.attrs);
    quote_spanned!(site=> #(#cfgs)* #deprecated #output)
}

/// The parameters, lifetimes apart, which come first.
fn params(generics: &Generics) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let (lifetimes, others): (Vec<_>, Vec<_>) = generics
        .params
        .iter()
        .partition(|param| matches!(param, GenericParam::Lifetime(_)));
    let print = |params: Vec<&GenericParam>| params.into_iter().map(bound::param).collect();
    (print(lifetimes), print(others))
}

/// `?Sized`.
fn is_relaxed(bound: &TypeParamBound) -> bool {
    matches!(bound, TypeParamBound::Trait(bound) if bound.maybe.is_some())
}

/// What a bound says of `Self::Name` holds for the object's; the proxy's is the same, but the compiler cannot look
/// there while it checks the bounds.
fn of_object(tokens: TokenStream, as_trait: &TokenStream) -> TokenStream {
    let mut output = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let inner = of_object(group.stream(), as_trait);
                let mut new = proc_macro2::Group::new(group.delimiter(), inner);
                new.set_span(group.span());
                output.extend([TokenTree::from(new)]);
            }
            TokenTree::Ident(word)
                if word == "Self"
                    && matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':'
                        && next.spacing() == proc_macro2::Spacing::Joint) =>
            {
                output.extend(as_trait.clone());
            }
            other => output.extend([other]),
        }
    }
    output
}

fn associated_type(item: &TraitItemType, as_trait: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let (cfgs, ident) = (cfgs(&item.attrs), &item.ident);
    let params = bound::params(&item.generics);
    let (_, arguments, clause) = item.generics.split_for_impl();
    quote_spanned!(site=> #(#cfgs)* type #ident #params = #as_trait::#ident #arguments #clause;)
}

fn constant(item: &TraitItemConst, as_trait: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let (cfgs, ident, ty) = (cfgs(&item.attrs), &item.ident, &item.ty);
    quote_spanned!(site=> #(#cfgs)* const #ident: #ty = #as_trait::#ident;)
}

fn forward(
    method: &Method<'_>,
    of_trait: Option<&Dead>,
    as_trait: &TokenStream,
    krate: &Krate,
    inert: bool,
) -> TokenStream {
    let site = Span::mixed_site();
    if method.plan() == Plan::Keep && method.has_default {
        return TokenStream::new();
    }
    let (sig, arguments) = signature(method.sig);
    let name = emit::as_ours(&method.sig.ident);
    let generics = turbofish(method.sig);
    let body = if method.plan() == Plan::Panic {
        let text = format!(
            "weakref: a proxy does not forward `{}`, which needs `Self: Sized`",
            method.sig.ident
        );
        quote_spanned!(site=> ::core::panic!(#text))
    } else if inert && method.future().is_none() {
        quote_spanned!(site=> loop {})
    } else {
        let place = method
            .result()
            .map_or(site, |result| Span::mixed_site().located_at(result.span()));
        let call = |receiver: TokenStream| {
            let call =
                quote_spanned!(place=> #as_trait::#name #generics (#receiver #(#arguments),*));
            in_unsafe(method.sig, call)
        };
        if method.access() == Access::None {
            call(TokenStream::new())
        } else {
            let call = call(quote_spanned!(place=> &*strong,));
            let dead = when_dead(method, of_trait, krate, &arguments);
            on_object(method, krate, &call, &dead)
        }
    };
    let cfgs = cfgs(method.attrs);
    let location = (sig.asyncness.is_none() && sig.abi.is_none())
        .then(|| quote_spanned!(site=> #[track_caller]));
    let deprecated = deprecated(method.attrs);
    quote_spanned!(site=> #(#cfgs)* #deprecated #location #sig { #body })
}

/// Calls the object, if it is alive, and keeps it so until the call, or the future that it returns, is done.
fn on_object(
    method: &Method<'_>,
    krate: &Krate,
    call: &TokenStream,
    dead: &TokenStream,
) -> TokenStream {
    let site = Span::mixed_site();
    let own = method.own();
    let is_future = method.future().is_some();
    let wait = (is_future || method.sig.asyncness.is_some()).then(|| quote_spanned!(site=> .await));
    let live = before_the_result(method, krate, &quote!(#call #wait));
    if is_future {
        return quote_spanned! {site=>
            let object = #krate::Proxy::get(#own);
            async move {
                match object {
                    ::core::result::Result::Ok(strong) => #live,
                    #dead
                }
            }
        };
    }
    quote_spanned! {site=>
        match #krate::Proxy::get(#own) {
            ::core::result::Result::Ok(strong) => #live,
            #dead
        }
    }
}

/// The result of a call of the object, whose handle goes first: a result that is in its place when the drop of the
/// last handle panics would be leaked. Where no result ever comes, there is nothing to put behind it.
fn before_the_result(method: &Method<'_>, krate: &Krate, call: &TokenStream) -> TokenStream {
    if matches!(method.result(), Some(Type::Never(_))) {
        return call.clone();
    }
    let site = Span::mixed_site();
    let place = method
        .result()
        .map_or(site, |result| site.located_at(result.span()));
    let krate = krate.at(place);
    quote_spanned! {place=>
        {
            let result = #call;
            #krate::__private::drop_first(strong, result)
        }
    }
}

/// The arm for a dead object. Arguments that nobody uses are dropped before there is a result, as by
/// [`before_the_result`].
fn when_dead(
    method: &Method<'_>,
    of_trait: Option<&Dead>,
    krate: &Krate,
    arguments: &[Ident],
) -> TokenStream {
    let site = Span::mixed_site();
    // `used` is what may use arguments. A `match`, because a value may begin as a statement does.
    let after_unused = |used: &TokenStream, value: TokenStream| {
        let unused = arguments.iter().filter(|name| !mentions(used, name));
        let unused: Vec<_> = unused.collect();
        if unused.is_empty() {
            return value;
        }
        quote_spanned!(site=> match #krate::__private::drop_first((#(#unused,)*), ()) { () => #value })
    };
    let own = method.options.dead.as_ref();
    let inherited =
        of_trait.filter(|dead| matches!(dead, Dead::Value(_)) || method.returns_result());
    match own.or(inherited) {
        Some(Dead::Value(value)) => {
            let value = value.to_token_stream();
            let value = after_unused(&value.clone(), value);
            quote_spanned!(site=> ::core::result::Result::Err(_) => #value,)
        }
        Some(Dead::Error(word)) => {
            let place = emit::ours_at(word);
            let converted = quote_spanned!(place=> ::core::convert::From::from(error));
            let value = quote_spanned!(site=> ::core::result::Result::Err(#converted));
            let value = after_unused(&TokenStream::new(), value);
            quote_spanned!(site=> ::core::result::Result::Err(error) => #value,)
        }
        None => quote_spanned! {site=>
            ::core::result::Result::Err(error) => #krate::__private::dead(error),
        },
    }
}

/// Whether a value may use the variable of this name: a word anywhere in it, or a part of a literal, which may be a
/// format string.
fn mentions(value: &TokenStream, name: &Ident) -> bool {
    value.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(&group.stream(), name),
        TokenTree::Ident(word) => word.unraw() == name.unraw(),
        TokenTree::Literal(literal) => literal.to_string().contains(&name.unraw().to_string()),
        TokenTree::Punct(_) => false,
    })
}

/// The signature with a plain name for every parameter, and the names.
fn signature(sig: &Signature) -> (Signature, Vec<Ident>) {
    let mut sig = sig.clone();
    let mut names = Vec::new();
    for input in &mut sig.inputs {
        let FnArg::Typed(parameter) = input else {
            continue;
        };
        let name = match &*parameter.pat {
            Pat::Ident(pat) if pat.subpat.is_none() => pat.ident.clone(),
            _ => format_ident!("argument{}", names.len(), span = Span::mixed_site()),
        };
        parameter.attrs.clear();
        *parameter.pat = Pat::Verbatim(name.to_token_stream());
        names.push(name);
    }
    (sig, names)
}

/// `::<T, N>`: without lifetimes, which are often bound late and cannot be given.
fn turbofish(sig: &Signature) -> Option<TokenStream> {
    let names: Vec<_> = sig
        .generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Type(param) => Some(&param.ident),
            GenericParam::Const(param) => Some(&param.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    (!names.is_empty()).then(|| quote!(::<#(#names),*>))
}

/// The caller keeps the contract, for the object as for its proxy.
fn in_unsafe(sig: &Signature, call: TokenStream) -> TokenStream {
    match sig.safety {
        Safety::Unsafe(_) => quote_spanned!(Span::mixed_site()=> unsafe { #call }),
        _ => call,
    }
}

/// To forward what is deprecated is no use of it.
fn deprecated(attrs: &[Attribute]) -> Option<TokenStream> {
    let is_deprecated = attrs.iter().any(|attr| attr.path().is_ident("deprecated"));
    is_deprecated.then(|| quote_spanned!(Span::mixed_site()=> #[allow(deprecated)]))
}

fn cfgs(attrs: &[Attribute]) -> Vec<&Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .collect()
}

/// `T`, or `()`.
fn result_type(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Type(_, ty) => ty.to_token_stream(),
        ReturnType::Default => quote_spanned!(Span::mixed_site()=> ()),
    }
}

#[cfg(test)]
#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests;
