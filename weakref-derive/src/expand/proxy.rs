//! `#[weakref::proxy]`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{
    Attribute, FnArg, GenericParam, Generics, Ident, Item, ItemTrait, Pat, ReturnType, Signature,
    Token, TraitItem, TraitItemConst, TraitItemType, Type, TypeParamBound, parse_quote_spanned,
};

use crate::attr::proxy::{Dead, TraitOptions, is_proxy};
use crate::bound;
use crate::check;
use crate::ctxt::Ctxt;
use crate::emit;
use crate::krate::Krate;
use crate::model::proxy::{Access, Method, Plan, ProxyTrait};
use crate::word;

mod extension;

/// Expands the attribute on a trait, or on an `impl`.
pub(crate) fn attribute(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2(item.clone()) {
        Ok(Item::Trait(item)) if item.attrs.iter().any(is_async_trait) => {
            behind_async_trait(&arguments, item)
        }
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

fn is_async_trait(attr: &Attribute) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|last| word::is(&last.ident, "async_trait"))
}

/// `#[async_trait]` writes methods whose boxed futures are forwarded as any others, once it has written them.
fn behind_async_trait(arguments: &TokenStream, mut item: ItemTrait) -> TokenStream {
    let ctxt = Ctxt::new();
    let krate = Krate::from(TraitOptions::read(&ctxt, arguments.clone(), &item.attrs).krate);
    // They are found again, and said then.
    drop(ctxt.into_compile_errors());
    item.attrs
        .push(parse_quote_spanned!(Span::call_site()=> #[#krate::proxy(#arguments)]));
    item.into_token_stream()
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
///                 Ok(__strong) => {
///                     let __result = <__P as Listener<E>>::notify(&*__strong, event);
///                     ::weakref::__private::drop_first(__strong, __result)
///                 }
///                 Err(__error) => ::weakref::__private::dead(__error),
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
    let object = Object {
        as_trait: &as_trait,
        own: own_items(item),
    };
    let supertraits = supertraits.map(|bound| object.says(bound.to_token_stream(), false));
    let predicates = clause.iter().flat_map(|clause| &clause.predicates);
    let predicates =
        predicates.flat_map(|predicate| object.and_proxy_say(predicate.to_token_stream()));

    // A future that holds the object is sent only where its handle can be.
    let sent = proxy.methods.iter().any(Method::sends_a_future);
    let sent = sent.then(|| quote_spanned!(site=> #krate::Strong<__P>: ::core::marker::Send,));
    let shared = proxy.methods.iter().any(Method::asks_to_be_shared);
    let shared =
        shared.then(|| quote_spanned!(site=> __P: ::core::marker::Send + ::core::marker::Sync,));
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
    let cfgs = emit::cfgs(&item.attrs);
    let output = emit::in_anonymous_const(&quote_spanned! {site=>
        #[automatically_derived]
        impl<#(#lifetimes,)* __P #unsized_too, __R, #(#others,)*> #of_trait for #krate::Proxy<__P, __R>
        where
            __P: #of_trait + #krate::WeakReferenceable,
            __R: #krate::WeakReference<Referent = __P>,
            #sent
            #shared
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

/// The object, of whose associated types bounds on `Self::Name` speak: the proxy's are the same, but the compiler cannot
/// look there while it checks the bounds.
struct Object<'a> {
    as_trait: &'a TokenStream,
    /// The associated types of the trait itself.
    own: Vec<&'a Ident>,
}

fn own_items(item: &ItemTrait) -> Vec<&Ident> {
    let types = item.items.iter().filter_map(|item| match item {
        TraitItem::Type(item) => Some(&item.ident),
        _ => None,
    });
    types.collect()
}

impl Object<'_> {
    /// What a predicate asks of the object, and what it asks of the proxy, if it names a type of a supertrait: nothing
    /// says that the two are the same.
    fn and_proxy_say(&self, predicate: TokenStream) -> Vec<TokenStream> {
        let of_proxy = self.says(predicate.clone(), false);
        let of_object = self.says(predicate, true);
        if of_object.to_string() == of_proxy.to_string() {
            vec![of_proxy]
        } else {
            vec![of_object, of_proxy]
        }
    }

    /// A bound in which the trait's own types are the object's; and those of supertraits, if they `inherit`.
    fn says(&self, tokens: TokenStream, inherit: bool) -> TokenStream {
        let mut output = TokenStream::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => {
                    let inner = self.says(group.stream(), inherit);
                    let mut new = proc_macro2::Group::new(group.delimiter(), inner);
                    new.set_span(group.span());
                    output.extend([TokenTree::from(new)]);
                }
                TokenTree::Ident(word) if word == "Self" => {
                    // `::` and the name.
                    let path: Vec<_> = std::iter::from_fn(|| tokens.next_if(is_colon))
                        .take(2)
                        .collect();
                    let is_own = matches!(tokens.peek(), Some(TokenTree::Ident(name)) if self.own.iter().any(|own| word::is_same(own, name)));
                    match path.len() {
                        2 if is_own => output.extend(self.as_trait.clone()),
                        2 if inherit => output.extend(quote_spanned!(Span::mixed_site()=> __P)),
                        _ => output.extend([TokenTree::from(word)]),
                    }
                    output.extend(path);
                }
                other => output.extend([other]),
            }
        }
        output
    }
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')
}

fn associated_type(item: &TraitItemType, as_trait: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let (cfgs, ident) = (emit::cfgs(&item.attrs), &item.ident);
    let params = bound::params(&item.generics);
    let (_, arguments, clause) = item.generics.split_for_impl();
    quote_spanned!(site=> #(#cfgs)* type #ident #params = #as_trait::#ident #arguments #clause;)
}

fn constant(item: &TraitItemConst, as_trait: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let (cfgs, ident, ty) = (emit::cfgs(&item.attrs), &item.ident, &item.ty);
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
    let (mut sig, arguments) = signature(method.sig);
    let name = emit::as_ours(&method.sig.ident);
    let generics = turbofish(method.sig);
    if !inert && method.is_async_with_result() {
        sig.asyncness = None;
        let output = result_type(&sig.output);
        let future = quote_spanned!(site=> impl ::core::future::Future<Output = #output>);
        sig.output = ReturnType::Type(Token![->](site), Box::new(Type::Verbatim(future)));
    }
    let body = if method.plan() == Plan::Panic {
        let text = format!(
            "weakref: a proxy does not forward `{}`, which needs `Self: Sized`",
            method.sig.ident
        );
        let panic = quote_spanned!(site=> ::core::panic!(#text));
        // `!` is no future.
        if method.future().is_some() || (!inert && method.is_async_with_result()) {
            in_its_box(method, krate, &quote_spanned!(site=> async move { #panic }))
        } else {
            panic
        }
    } else if inert && !method.is_unnamed() {
        quote_spanned!(site=> loop {})
    } else if method.is_unsafe() {
        quote_spanned!(site=> async move { loop {} })
    } else {
        let place = method
            .result()
            .map_or(site, |result| Span::mixed_site().located_at(result.span()));
        let call = |receiver: TokenStream| quote_spanned!(place=> #as_trait::#name #generics (#receiver #(#arguments),*));
        if method.access() == Access::None {
            call(TokenStream::new())
        } else {
            let call = call(quote_spanned!(place=> &*__strong,));
            let dead = when_dead(method, of_trait, krate, &arguments);
            on_object(method, krate, &call, &dead)
        }
    };
    let cfgs = emit::cfgs(method.attrs);
    let location = (sig.asyncness.is_none() && sig.abi.is_none())
        .then(|| quote_spanned!(site=> #[track_caller]));
    let deprecated = deprecated(method.attrs);
    quote_spanned!(site=> #(#cfgs)* #deprecated #location #sig { #body })
}

/// Calls the object, if it is alive, and keeps it so until the call, or the future that it returns, is done.
///
/// Of a future it is kept from this call on, and called when the future is first polled: a future of the object's own
/// borrows it, and cannot be held beside its handle.
fn on_object(
    method: &Method<'_>,
    krate: &Krate,
    call: &TokenStream,
    dead: &TokenStream,
) -> TokenStream {
    let site = Span::mixed_site();
    let own = method.own();
    let is_late = method.future().is_some() || method.is_async_with_result();
    let wait = (is_late || method.sig.asyncness.is_some()).then(|| quote_spanned!(site=> .await));
    let live = before_the_result(method, krate, &quote!(#call #wait));
    if is_late {
        let future = quote_spanned! {site=>
            async move {
                match __object {
                    ::core::result::Result::Ok(__strong) => #live,
                    #dead
                }
            }
        };
        let future = in_its_box(method, krate, &future);
        return quote_spanned! {site=>
            let __object = #krate::Proxy::get(#own);
            #future
        };
    }
    quote_spanned! {site=>
        match #krate::Proxy::get(#own) {
            ::core::result::Result::Ok(__strong) => #live,
            #dead
        }
    }
}

/// A future in a box, where the method returns one.
fn in_its_box(method: &Method<'_>, krate: &Krate, future: &TokenStream) -> TokenStream {
    match method.future() {
        Some(returned) if returned.opaque.is_none() => {
            quote_spanned!(Span::mixed_site()=> #krate::__private::Box::pin(#future))
        }
        _ => future.clone(),
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
            let __result = #call;
            #krate::__private::drop_first(__strong, __result)
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
            let converted = quote_spanned!(place=> ::core::convert::From::from(__error));
            let value = quote_spanned!(site=> ::core::result::Result::Err(#converted));
            let value = after_unused(&TokenStream::new(), value);
            quote_spanned!(site=> ::core::result::Result::Err(__error) => #value,)
        }
        None => quote_spanned! {site=>
            ::core::result::Result::Err(__error) => #krate::__private::dead(__error),
        },
    }
}

/// Whether a value may use the variable of this name: a word anywhere in it, or a part of a literal, which may be a
/// format string.
fn mentions(value: &TokenStream, name: &Ident) -> bool {
    value.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(&group.stream(), name),
        TokenTree::Ident(word) => word::is_same(&word, name),
        TokenTree::Literal(literal) => literal.to_string().contains(&word::text(name)),
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

/// To forward what is deprecated is no use of it.
fn deprecated(attrs: &[Attribute]) -> Option<TokenStream> {
    let is_deprecated = attrs
        .iter()
        .any(|attr| word::is_path(attr.path(), "deprecated"));
    is_deprecated.then(|| {
        quote_spanned! {Span::mixed_site()=>
            #[allow(deprecated, reason = "it is forwarded, not used")]
        }
    })
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
