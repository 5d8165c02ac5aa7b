//! `#[weakref::proxy(pub trait NameProxy)]` on an `impl`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, FnArg, ImplItem, ItemImpl, ReceiverKind, Type, TypeParamBound};

use super::{before_the_result, deprecated, in_its_box, params, result_type, signature, turbofish};
use crate::attr::proxy::is_proxy;
use crate::bound;
use crate::check;
use crate::ctxt::Ctxt;
use crate::emit;
use crate::krate::Krate;
use crate::model::proxy::{Method, ProxyImpl, boxed_output, is_trait};
use crate::word;

pub(super) fn on_impl(arguments: TokenStream, mut item: ItemImpl) -> TokenStream {
    let ctxt = Ctxt::new();
    let original = item.clone();
    let proxy = ProxyImpl::read(&ctxt, arguments, &original);
    if let Some(proxy) = &proxy {
        check::proxy::check_impl(&ctxt, proxy);
    }
    let mut output = ctxt.into_compile_errors();
    let inert = !output.is_empty();
    without_attributes(&mut item);
    item.to_tokens(&mut output);
    match proxy {
        Some(proxy) if !(inert && check::proxy::hides_a_result(&proxy.methods)) => {
            output.extend(extension(&proxy, inert));
        }
        _ => (),
    }
    output
}

fn without_attributes(item: &mut ItemImpl) {
    for item in &mut item.items {
        let attrs = match item {
            ImplItem::Fn(item) => &mut item.attrs,
            ImplItem::Const(item) => &mut item.attrs,
            ImplItem::Type(item) => &mut item.attrs,
            _ => continue,
        };
        attrs.retain(|attr| !is_proxy(attr));
    }
}

/// `#[weakref::proxy(pub trait ImageProxy)] impl Image { pub fn width(&self) -> u32 { … } }` expands to the `impl` and:
///
/// ```text
/// /// What a proxy of `Image` forwards.
/// pub trait ImageProxy {
///     fn width(&self) -> Result<u32, ::weakref::ReferenceError>;
/// }
///
/// const _: () = {
///     #[automatically_derived]
///     impl<__R> ImageProxy for ::weakref::Proxy<Image, __R>
///     where
///         __R: ::weakref::WeakReference<Referent = Image>,
///     {
///         fn width(&self) -> Result<u32, ::weakref::ReferenceError> {
///             match ::weakref::Proxy::get(self) {
///                 Ok(__strong) => Ok({
///                     let __result = <Image>::width(&*__strong);
///                     ::weakref::__private::drop_first(__strong, __result)
///                 }),
///                 Err(__error) => Err(__error),
///             }
///         }
///     }
/// };
/// ```
fn extension(proxy: &ProxyImpl<'_>, inert: bool) -> TokenStream {
    let site = Span::mixed_site();
    let ProxyImpl {
        item,
        options,
        methods,
        ..
    } = proxy;
    let krate = Krate::from(options.krate.clone());
    let (attrs, vis, name) = (&options.attrs, &options.vis, &options.ident);
    let ty = &*item.self_ty;
    let doc = match ty {
        Type::Path(ty) => ty.path.segments.last().map(|last| &last.ident),
        _ => None,
    };
    let doc = doc.map_or("its object".to_owned(), |name| format!("a [`{name}`]"));
    let doc = format!("What a proxy of {doc} forwards.");
    let doc = attrs
        .is_empty()
        .then(|| quote_spanned!(site=> #[doc = #doc]));
    let of_trait = bound::params(&item.generics);
    let (lifetimes, others) = params(&item.generics);
    let (_, arguments, clause) = item.generics.split_for_impl();
    let predicates: Vec<_> = clause
        .iter()
        .flat_map(|clause| &clause.predicates)
        .collect();
    let cfgs = emit::cfgs(&item.attrs);
    let declarations = methods.iter().map(|method| {
        let docs = method.attrs.iter().filter(|attr| speaks_to_users(attr));
        let head = head(method, ty, &krate);
        quote_spanned!(site=> #(#docs)* #head;)
    });
    let bodies = methods.iter().map(|method| {
        let head = head(method, ty, &krate);
        let body = body(method, ty, &krate, inert);
        let deprecated = deprecated(method.attrs);
        quote_spanned!(site=> #deprecated #head { #body })
    });
    let implementation = emit::in_anonymous_const(&quote_spanned! {site=>
        #[automatically_derived]
        impl<#(#lifetimes,)* __R, #(#others,)*> #name #arguments for #krate::Proxy<#ty, __R>
        where
            #ty: #krate::WeakReferenceable,
            __R: #krate::WeakReference<Referent = #ty>,
            #(#predicates,)*
        {
            #(#bodies)*
        }
    });
    quote_spanned! {site=>
        #doc
        #(#cfgs)*
        #(#attrs)*
        #vis trait #name #of_trait #clause {
            #(#declarations)*
        }

        #(#cfgs)*
        #implementation
    }
}

/// The method's attributes and signature in the trait.
fn head(method: &Method<'_>, ty: &Type, krate: &Krate) -> TokenStream {
    let site = Span::mixed_site();
    let cfgs = emit::cfgs(method.attrs);
    let (mut sig, _) = signature(method.sig);
    let value = match method.future() {
        Some(future) => future.output.to_token_stream(),
        None => result_type(&sig.output),
    };
    let value = quote_spanned! {site=>
        ::core::result::Result<#value, #krate::ReferenceError>
    };
    let opaque = method.future().and_then(|future| future.opaque);
    let value = if let Some(future) = opaque {
        let others = future.bounds.iter().filter(|bound| {
            !is_trait(bound, "Future") && !matches!(bound, TypeParamBound::PreciseCapture(_))
        });
        quote_spanned!(site=> impl ::core::future::Future<Output = #value> #(+ #others)*)
    } else if method.future().is_some() {
        let mut boxed = method.result().cloned();
        if let Some(output) = boxed.as_mut().and_then(boxed_output) {
            *output = Type::Verbatim(value);
        }
        boxed.to_token_stream()
    } else if sig.asyncness.take().is_some() {
        // An `async fn` would be a warning in a public trait.
        quote_spanned!(site=> impl ::core::future::Future<Output = #value>)
    } else {
        value
    };
    sig.constness = None;
    for input in &mut sig.inputs {
        if let FnArg::Receiver(receiver) = input {
            let and = syn::Token![&](site);
            receiver.kind = ReceiverKind::Reference(and, method.own_lifetime().cloned(), None);
        }
    }
    sig.output = syn::ReturnType::Type(syn::Token![->](site), Box::new(Type::Verbatim(value)));
    let sig = naming_the_type(sig.to_token_stream(), ty);
    quote_spanned!(site=> #(#cfgs)* #sig)
}

fn body(method: &Method<'_>, ty: &Type, krate: &Krate, inert: bool) -> TokenStream {
    let site = Span::mixed_site();
    let is_future = method.future().is_some() || method.sig.asyncness.is_some();
    if inert && !(method.is_unnamed() || method.sig.asyncness.is_some()) {
        return quote_spanned!(site=> loop {});
    }
    if method.is_unsafe() {
        return quote_spanned!(site=> async move { loop {} });
    }
    let own = method.own();
    let (_, arguments) = signature(method.sig);
    let name = emit::as_ours(&method.sig.ident);
    let generics = turbofish(method.sig);
    let call = quote_spanned!(site=> <#ty>::#name #generics (&*__strong, #(#arguments),*));
    let wait = is_future.then(|| quote_spanned!(site=> .await));
    let live = before_the_result(method, krate, &quote!(#call #wait));
    let arms = quote_spanned! {site=>
        ::core::result::Result::Ok(__strong) => ::core::result::Result::Ok(#live),
        ::core::result::Result::Err(__error) => ::core::result::Result::Err(__error),
    };
    if is_future {
        let future = quote_spanned!(site=> async move { match __object { #arms } });
        let future = in_its_box(method, krate, &future);
        return quote_spanned! {site=>
            let __object = #krate::Proxy::get(#own);
            #future
        };
    }
    quote_spanned!(site=> match #krate::Proxy::get(#own) { #arms })
}

/// The signature with the type's name for `Self`, which is the proxy in the trait.
fn naming_the_type(tokens: TokenStream, ty: &Type) -> TokenStream {
    let mut output = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let inner = naming_the_type(group.stream(), ty);
                let mut new = proc_macro2::Group::new(group.delimiter(), inner);
                new.set_span(group.span());
                output.extend([TokenTree::from(new)]);
            }
            TokenTree::Ident(word) if word == "Self" => match tokens.peek() {
                Some(TokenTree::Punct(next)) if next.as_char() == ':' => {
                    output.extend(quote_spanned!(Span::mixed_site()=> <#ty>));
                }
                _ => ty.to_tokens(&mut output),
            },
            other => output.extend([other]),
        }
    }
    output
}

/// Whether an attribute of the type's method goes for the trait's as well.
fn speaks_to_users(attr: &Attribute) -> bool {
    let path = attr.path();
    word::is_path(path, "doc") || word::is_path(path, "deprecated")
}
