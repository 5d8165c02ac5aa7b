//! What `#[weakref::proxy]` refuses.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Error, GenericParam, ImplItem, Safety, TraitItem, TraitItemType, Type,
    TypeParamBound, WherePredicate,
};

use super::borrow::{borrow_from_receiver, unnamed_borrow};
use crate::attr::proxy::is_proxy;
use crate::ctxt::Ctxt;
use crate::emit;
use crate::model::proxy::{
    Access, LeftOut, Method, Plan, ProxyImpl, ProxyTrait, bound_on_self, is_sized, is_trait,
};

/// The rules of a trait.
pub(crate) fn check_trait(ctxt: &Ctxt, proxy: &ProxyTrait<'_>) {
    if let Some(unsafety) = &proxy.item.unsafety {
        ctxt.error(
            unsafety,
            "a proxy cannot keep the contract of an `unsafe` trait, because its object may die at any time; \
             implement the trait for a type of your own that holds the proxy",
        );
    }
    for item in &proxy.item.items {
        item_of_trait(ctxt, item);
    }
    for method in &proxy.methods {
        skipped_has_default(ctxt, method);
        dead_is_reached(ctxt, method);
        panic_has_a_type(ctxt, method);
        if method.plan() != Plan::Forward {
            continue;
        }
        let way_out = if method.has_default {
            "or keep the trait's own body with `#[proxy(skip)]`"
        } else {
            "or give the method a body and `#[proxy(skip)]`"
        };
        forwardable(ctxt, method, way_out);
        no_bare_self(ctxt, method, way_out);
        no_bound_on_self(ctxt, method, way_out);
    }
}

/// The rules of an `impl`.
pub(crate) fn check_impl(ctxt: &Ctxt, proxy: &ProxyImpl<'_>) {
    for item in &proxy.item.items {
        let (attrs, what) = match item {
            ImplItem::Const(item) => (&item.attrs, "a constant"),
            ImplItem::Type(item) => (&item.attrs, "an associated type"),
            _ => continue,
        };
        no_attribute(ctxt, attrs, what);
    }
    something_is_forwarded(ctxt, proxy);
    for method in &proxy.methods {
        forwardable(ctxt, method, "or leave it out with `#[proxy(skip)]`");
    }
}

/// Whether the trait has items that only its macros know.
pub(crate) fn hides_items(proxy: &ProxyTrait<'_>) -> bool {
    let is_known = |item: &TraitItem| {
        matches!(
            item,
            TraitItem::Const(_) | TraitItem::Type(_) | TraitItem::Fn(_)
        )
    };
    !proxy.item.items.iter().all(is_known)
}

/// Whether some associated type is there only under a bound that its proxy cannot ask for.
pub(crate) fn hides_a_type(proxy: &ProxyTrait<'_>) -> bool {
    proxy
        .item
        .items
        .iter()
        .any(|item| matches!(item, TraitItem::Type(item) if other_bound_on_self(item).is_some()))
}

/// Whether some result is a type without a name that cannot be forwarded.
pub(crate) fn hides_a_result(methods: &[Method<'_>]) -> bool {
    methods.iter().any(|method| match method.plan() {
        Plan::Forward if method.is_unsafe() => untyped_result(method).is_some(),
        Plan::Forward => unnamed_result(method).is_some(),
        Plan::Keep => false,
        Plan::Panic => untyped_result(method).is_some(),
    })
}

fn item_of_trait(ctxt: &Ctxt, item: &TraitItem) {
    match item {
        TraitItem::Const(item) => no_attribute(ctxt, &item.attrs, "a constant"),
        TraitItem::Type(item) => {
            no_attribute(ctxt, &item.attrs, "an associated type");
            no_bound_on_self_but_sized(ctxt, item);
        }
        TraitItem::Fn(_) => (),
        other => ctxt.error(other, SEES_NO_MACROS),
    }
}

const SEES_NO_MACROS: &str = "a proxy cannot see what a macro declares here; write the items out";

/// A trait without methods is of no use, and would say nothing of what its author left undone.
fn something_is_forwarded(ctxt: &Ctxt, proxy: &ProxyImpl<'_>) {
    if !proxy.methods.is_empty() {
        return;
    }
    let mut items = proxy.item.items.iter();
    if let Some(hidden) = items.find(|item| matches!(item, ImplItem::Macro(_))) {
        return ctxt.error(hidden, SEES_NO_MACROS);
    }
    let name = &proxy.options.ident;
    let message = if proxy.left_out.contains(&LeftOut::Skipped) {
        format!(
            "`{name}` is empty, because what it could have is skipped; forward one of the methods, or remove the attribute"
        )
    } else if proxy.left_out.contains(&LeftOut::Hidden) {
        format!(
            "`{name}` is empty, because the methods here are private, or less public than the trait; make one `pub`, or remove the attribute"
        )
    } else {
        format!(
            "`{name}` is empty, because nothing here takes `&self`; write it on the `impl` with the methods, or remove the attribute"
        )
    };
    ctxt.error(name, message);
}

fn no_attribute(ctxt: &Ctxt, attrs: &[Attribute], what: &str) {
    for attr in attrs.iter().filter(|attr| is_proxy(attr)) {
        ctxt.error(
            attr,
            format!("`#[proxy]` has no meaning on {what}; remove it, or put it on a method"),
        );
    }
}

fn skipped_has_default(ctxt: &Ctxt, method: &Method<'_>) {
    let Some(skip) = &method.options.skip else {
        return;
    };
    if !method.has_default {
        let name = &method.sig.ident;
        ctxt.error(
            skip,
            format!("`{name}` has no body that a proxy could keep; give it one in the trait"),
        );
    }
}

/// A value for when the object is dead needs a method that asks for the object.
fn dead_is_reached(ctxt: &Ctxt, method: &Method<'_>) {
    if method.options.dead.is_none() {
        return;
    }
    let why = if method.options.skip.is_some() {
        "`skip` keeps the trait's own body"
    } else if method.access() == Access::None {
        "there is no `self` by which to find an object"
    } else if method.plan() != Plan::Forward {
        "a method with a bound on `Self` is not forwarded to the object"
    } else {
        return;
    };
    ctxt.error(
        &method.sig.ident,
        format!("`dead` is never used here, because {why}; remove it"),
    );
}

/// The body that panics must have the type of the result, and `!` is no `impl Trait`.
fn panic_has_a_type(ctxt: &Ctxt, method: &Method<'_>) {
    if method.plan() != Plan::Panic {
        return;
    }
    let Some(result) = untyped_result(method) else {
        return;
    };
    let is_iterator = matches!(result, Type::ImplTrait(ty)
        if ty.bounds.iter().any(|bound| is_trait(bound, "Iterator")));
    let body = if is_iterator {
        "such as `{ std::iter::empty() }`"
    } else {
        "which the proxy keeps"
    };
    ctxt.error(
        result,
        format!(
            "a proxy does not forward a method with a bound on `Self`, and has no `impl Trait` of its own to return; \
             give the method a body in the trait, {body}"
        ),
    );
}

/// The result of a method that panics, if it has a part without a name, and is not a future whose output has one.
fn untyped_result<'a>(method: &'a Method<'_>) -> Option<&'a Type> {
    let result = method.result()?;
    let named = match method.future() {
        Some(future) => future.output,
        None => result,
    };
    says_impl(named.to_token_stream()).then_some(result)
}

fn says_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => says_impl(group.stream()),
        TokenTree::Ident(word) => word == "impl",
        _ => false,
    })
}

fn forwardable(ctxt: &Ctxt, method: &Method<'_>, way_out: &str) {
    nothing_is_promised(ctxt, method, way_out);
    receiver_is_shared(ctxt, method, way_out);
    result_is_owned(ctxt, method, way_out);
    box_holds_arguments(ctxt, method, way_out);
    result_has_a_name(ctxt, method, way_out);
    parameters_are_there(ctxt, method);
}

/// A contract that speaks of `self` is kept for the proxy, which the object may outlive; one that speaks of the call is
/// over before a future is polled.
fn nothing_is_promised(ctxt: &Ctxt, method: &Method<'_>, way_out: &str) {
    if let Safety::Unsafe(unsafety) = &method.sig.safety {
        ctxt.error(
            unsafety,
            format!(
                "a proxy cannot forward an `unsafe` method, whose contract is kept for the proxy and not for its object; \
                 make it safe, {way_out}"
            ),
        );
    }
}

/// Others may hold the object.
fn receiver_is_shared(ctxt: &Ctxt, method: &Method<'_>, way_out: &str) {
    if method.access() != Access::Other {
        return;
    }
    let Some(receiver) = method.sig.receiver() else {
        return;
    };
    let message = if method.takes_the_object() {
        format!("a proxy cannot give its object away, which others share; take `&self`, {way_out}")
    } else {
        format!(
            "a proxy only has `&self` of its object, which others share; \
             take `&self` and keep what changes in a cell or lock, {way_out}"
        )
    };
    ctxt.error(receiver, message);
}

/// The object is kept alive for the time of the call only.
fn result_is_owned(ctxt: &Ctxt, method: &Method<'_>, way_out: &str) {
    if method.access() != Access::Shared {
        return;
    }
    let own = method.own_lifetime();
    let result = match method.future() {
        Some(future) => Some(future.output),
        None => method.result(),
    };
    let borrow = result.and_then(|result| borrow_from_receiver(result, own));
    if let Some(place) = borrow {
        let message = format!(
            "a proxy cannot return what is borrowed from its object, which may die right after the call; \
             return an owned value, {way_out}"
        );
        ctxt.push(Error::new(place, message));
    }
}

/// The object's method is called when the future is first polled. One in a box says by its lifetime what it may hold.
fn box_holds_arguments(ctxt: &Ctxt, method: &Method<'_>, way_out: &str) {
    let is_boxed = method
        .future()
        .is_some_and(|future| future.opaque.is_none());
    if !is_boxed {
        return;
    }
    for parameter in method.parameters() {
        if let Some(place) = unnamed_borrow(&parameter.ty) {
            let message = format!(
                "a proxy's future holds its arguments until it is first polled, and a box that does not name this borrow cannot; \
                 give it and the future the same lifetime, {way_out}"
            );
            ctxt.push(Error::new(place, message));
        }
    }
}

/// The type of the object's result cannot be written; only a future can be wrapped in another.
fn result_has_a_name(ctxt: &Ctxt, method: &Method<'_>, way_out: &str) {
    if let Some(result) = unnamed_result(method) {
        ctxt.error(
            result,
            format!(
                "a proxy can forward an `impl Trait` result only if it is a future with its `Output`; \
                 return a named type or a `Box<dyn Trait>`, {way_out}"
            ),
        );
    }
}

fn unnamed_result<'a>(method: &'a Method<'_>) -> Option<&'a Type> {
    let result = method.result()?;
    let hidden = matches!(result, Type::ImplTrait(_)) && method.future().is_none();
    hidden.then_some(result)
}

fn parameters_are_there(ctxt: &Ctxt, method: &Method<'_>) {
    for parameter in method.parameters() {
        for attr in emit::cfgs(&parameter.attrs) {
            ctxt.error(
                attr,
                "a proxy cannot forward a parameter that is not always there; put `#[cfg]` on two methods instead",
            );
        }
    }
}

/// It would mean the proxy in one place and the object in the other.
fn no_bare_self(ctxt: &Ctxt, method: &Method<'_>, way_out: &str) {
    let sig = method.sig;
    let mut tokens = TokenStream::new();
    for parameter in method.parameters() {
        parameter.ty.to_tokens(&mut tokens);
    }
    if let Some(result) = method.result() {
        result.to_tokens(&mut tokens);
    }
    for param in &sig.generics.params {
        if let GenericParam::Type(param) = param {
            param.bounds.to_tokens(&mut tokens);
        }
    }
    for predicate in sig
        .generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates)
    {
        if let WherePredicate::Type(predicate) = predicate {
            predicate.bounds.to_tokens(&mut tokens);
        }
    }
    if let Some(place) = bare_self(tokens) {
        let message = format!(
            "`Self` is the proxy here and another type in the object's method; use an associated type, {way_out}"
        );
        ctxt.push(Error::new(place, message));
    }
}

/// The word `Self` that is neither the start of `Self::Name` nor of `<Self as Trait>`.
fn bare_self(tokens: TokenStream) -> Option<Span> {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                if let Some(place) = bare_self(group.stream()) {
                    return Some(place);
                }
            }
            TokenTree::Ident(word) if word == "Self" => match tokens.peek() {
                Some(TokenTree::Punct(next)) if next.as_char() == ':' => (),
                Some(TokenTree::Ident(next)) if next == "as" => (),
                _ => return Some(word.span()),
            },
            _ => (),
        }
    }
    None
}

/// What holds for the proxy may not hold for the object, but that it is `Sized`: this a trait's proxies can ask for.
fn no_bound_on_self_but_sized(ctxt: &Ctxt, item: &TraitItemType) {
    if let Some(bound) = other_bound_on_self(item) {
        ctxt.error(
            bound,
            "this bound may hold for the proxy and not for its object, whose type it is; make it a supertrait",
        );
    }
}

fn other_bound_on_self(item: &TraitItemType) -> Option<&WherePredicate> {
    bound_on_self(&item.generics).filter(|bound| !is_sized(bound))
}

/// What holds for the proxy may not hold for the object.
fn no_bound_on_self(ctxt: &Ctxt, method: &Method<'_>, way_out: &str) {
    if method.asks_to_be_shared() {
        return;
    }
    let Some(WherePredicate::Type(predicate)) = method.bound_on_self() else {
        return;
    };
    for bound in &predicate.bounds {
        if matches!(bound, TypeParamBound::Lifetime(_)) {
            continue;
        }
        ctxt.error(
            bound,
            format!(
                "this bound may hold for the proxy and not for its object; make it a supertrait, {way_out}"
            ),
        );
    }
}
