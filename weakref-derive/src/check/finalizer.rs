//! What `#[finalizer]` refuses.

use syn::{Error, FnArg, GenericParam, PatType, Receiver, ReceiverKind, ReturnType, Safety, Type};

use super::borrow::borrow_in;
use super::locals::Locals;
use super::tail::returned_closures;
use super::uses::{use_of_self, use_of_variable};
use crate::ctxt::Ctxt;
use crate::model::finalizer::{Finalizer, Function};
use crate::word;

/// All rules.
pub(crate) fn check(ctxt: &Ctxt, finalizer: &Finalizer<'_>) {
    match finalizer.function.receiver() {
        Some(receiver) => check_method(ctxt, finalizer, receiver),
        None => check_function(ctxt, finalizer),
    }
}

/// Whether a type borrows nothing, as far as its tokens tell.
pub(crate) fn is_owned(ty: &Type) -> bool {
    borrow_in(ty).is_none()
}

/// Whether a method says `self` anywhere.
pub(crate) fn uses_self(function: &Function) -> bool {
    let mut statements = function.stmts.iter();
    statements.any(|statement| use_of_self(statement).is_some())
}

/// The rules of a method, which makes the action.
fn check_method(ctxt: &Ctxt, finalizer: &Finalizer<'_>, receiver: &Receiver) {
    let function = finalizer.function;
    plain(ctxt, function);
    receiver_is_shared(ctxt, receiver);
    no_parameters(ctxt, function);
    no_generics(ctxt, function);
    returns_an_action(ctxt, function);
    result_is_owned(ctxt, function);
    action_owns_what_it_uses(ctxt, function);
    key_differs(ctxt, finalizer);
}

/// The rules of a function without receiver, which is the action.
fn check_function(ctxt: &Ctxt, finalizer: &Finalizer<'_>) {
    plain(ctxt, finalizer.function);
    no_options_of_methods(ctxt, finalizer);
    for input in &finalizer.function.sig.inputs {
        if let FnArg::Typed(parameter) = input {
            parameter_is_owned(ctxt, parameter);
        }
    }
}

/// A death calls it, awaits nothing and keeps no contract.
fn plain(ctxt: &Ctxt, function: &Function) {
    if let Some(asyncness) = &function.sig.asyncness {
        ctxt.error(
            asyncness,
            "a finalizer cannot be `async`, because a death awaits nothing; spawn the future in the action",
        );
    }
    if let Safety::Unsafe(unsafety) = &function.sig.safety {
        ctxt.error(
            unsafety,
            "a finalizer cannot be `unsafe`, because nobody vouches for the call; put the unsafe block inside",
        );
    }
}

/// An action that took the object would keep it alive, and an object with handles is nobody's alone.
fn receiver_is_shared(ctxt: &Ctxt, receiver: &Receiver) {
    let mutability = match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => Some(mutability),
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(ty) if is_self(&ty.elem) => Some(&ty.mutability),
            _ => None,
        },
        _ => None,
    };
    match mutability {
        Some(None) => {}
        Some(Some(_)) => ctxt.error(
            receiver,
            "a finalizer cannot change its object, which others may hold; take `&self`",
        ),
        None => ctxt.error(
            receiver,
            "a finalizer must not own its object, or it would never run; take `&self` and copy what the action needs",
        ),
    }
}

/// Nobody is there to pass anything.
fn no_parameters(ctxt: &Ctxt, function: &Function) {
    for input in &function.sig.inputs {
        if let FnArg::Typed(parameter) = input {
            ctxt.error(
                parameter,
                "a finalizer method takes nothing but `&self`; store what it needs in the object",
            );
        }
    }
}

/// The derive attaches the method by its name alone.
fn no_generics(ctxt: &Ctxt, function: &Function) {
    for param in &function.sig.generics.params {
        if !matches!(param, GenericParam::Lifetime(_)) {
            ctxt.error(
                param,
                "a finalizer method cannot be generic, because nobody chooses the argument; \
                 move the parameter to the `impl`",
            );
        }
    }
}

/// What runs is the closure that the method returns; a method that did the work itself would do it at once.
fn returns_an_action(ctxt: &Ctxt, function: &Function) {
    if function.action().is_some() {
        return;
    }
    let message = "a finalizer method returns the action to run after the object is gone; \
                   return `impl FnOnce() -> R` and move the work into a closure";
    match &function.sig.output {
        ReturnType::Type(_, ty) => ctxt.error(ty, message),
        ReturnType::Default => ctxt.error(&function.sig.ident, message),
    }
}

/// The result is handed out when the object may be gone.
fn result_is_owned(ctxt: &Ctxt, function: &Function) {
    let result = function.action().and_then(|action| action.result);
    if let Some(span) = result.and_then(borrow_in) {
        ctxt.push(Error::new(
            span,
            "the result of a finalizer cannot borrow, because the object is gone by then; return owned data",
        ));
    }
}

/// The types refuse such a closure too, and those that hide it better, but with words about lifetimes.
fn action_owns_what_it_uses(ctxt: &Ctxt, function: &Function) {
    let locals = Locals::of(&function.stmts);
    let borrowing = locals.borrowing();
    for closure in returned_closures(&function.stmts, &locals) {
        if let Some(span) = use_of_self(closure) {
            let message = "the action of a finalizer cannot use `self`, because it runs when the object is gone; \
                           copy what the action needs into a local before the closure";
            ctxt.push(Error::new(span, message));
        }
        for name in &borrowing {
            if let Some(span) = use_of_variable(closure, name) {
                let message = format!(
                    "the action of a finalizer cannot use `{name}`, which borrows from `self`, because it runs when \
                     the object is gone; copy what the action needs into a local before the closure"
                );
                ctxt.push(Error::new(span, message));
            }
        }
    }
}

/// A constant and a method of the same name would be one too many.
fn key_differs(ctxt: &Ctxt, finalizer: &Finalizer<'_>) {
    let key = finalizer.key();
    if word::is_same(&key, &finalizer.function.sig.ident) {
        ctxt.error(
            &key,
            format!("`{key}` cannot name the method and the key of its finalizer; name the key, as in `#[finalizer(key = {}_KEY)]`", word::text(&key)),
        );
    }
}

/// They belong to an attachment, and a function is attached by `finalize_with`.
fn no_options_of_methods(ctxt: &Ctxt, finalizer: &Finalizer<'_>) {
    let options = &finalizer.options;
    let at_exit = options.at_exit.iter().map(|option| &option.key);
    let key = options.key.iter().map(|option| &option.key);
    for option in at_exit.chain(key) {
        ctxt.error(
            option,
            format!("`{option}` is for methods; on a function, use the handle that `finalize_with` returns"),
        );
    }
}

/// What is known of a parameter without its type: `FinalizerSafe` is asserted where the types are known.
fn parameter_is_owned(ctxt: &Ctxt, parameter: &PatType) {
    if is_the_object(&parameter.ty) {
        ctxt.error(
            &parameter.ty,
            "a finalizer cannot be given its object, or it would never run; take what the action needs, or a `WeakRef`",
        );
    } else if let Type::ImplTrait(ty) = &*parameter.ty {
        ctxt.error(
            ty,
            "a parameter of a finalizer needs a type with a name; write `T` and `<T: FinalizerSafe>`",
        );
    } else if let Some(span) = borrow_in(&parameter.ty) {
        ctxt.push(Error::new(
            span,
            "a parameter of a finalizer cannot borrow, because it is kept until the object is gone; take owned data",
        ));
    }
}

/// `Self` or a reference to it. What contains one is refused by `FinalizerSafe`, where the types are known.
fn is_the_object(ty: &Type) -> bool {
    match ty {
        Type::Reference(ty) => is_the_object(&ty.elem),
        Type::Paren(ty) => is_the_object(&ty.elem),
        _ => is_self(ty),
    }
}

fn is_self(ty: &Type) -> bool {
    matches!(ty, Type::Path(ty) if ty.path.is_ident("Self"))
}
