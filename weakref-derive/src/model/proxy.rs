//! The input of `#[weakref::proxy]`.

use proc_macro2::TokenStream;
use syn::punctuated::Punctuated;
use syn::{
    AngleBracketedGenericArguments, Attribute, FnArg, GenericArgument, Generics, Ident, ImplItem,
    ItemImpl, ItemTrait, Lifetime, PathArguments, PathSegment, ReceiverKind, ReturnType, Safety,
    Signature, Token, TraitItem, Type, TypeImplTrait, TypeParamBound, Visibility, WherePredicate,
};

use crate::attr::proxy::{ExtensionOptions, MethodOptions, TraitOptions};
use crate::ctxt::Ctxt;
use crate::word;

/// A trait that proxies shall implement.
pub(crate) struct ProxyTrait<'a> {
    pub(crate) item: &'a ItemTrait,
    pub(crate) options: TraitOptions,
    pub(crate) methods: Vec<Method<'a>>,
}

/// An `impl` whose methods proxies shall have through a trait.
pub(crate) struct ProxyImpl<'a> {
    pub(crate) item: &'a ItemImpl,
    pub(crate) options: ExtensionOptions,
    /// Those that the trait has.
    pub(crate) methods: Vec<Method<'a>>,
    /// Why it has not the others.
    pub(crate) left_out: Vec<LeftOut>,
}

/// Why a function of an `impl` is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// It has no receiver.
    NoReceiver,
    /// It is less public than the trait, or private.
    Hidden,
    /// It says `skip`.
    Skipped,
}

/// A method beside what its attributes say.
pub(crate) struct Method<'a> {
    pub(crate) attrs: &'a [Attribute],
    pub(crate) sig: &'a Signature,
    /// In a trait: whether it has a body.
    pub(crate) has_default: bool,
    pub(crate) options: MethodOptions,
}

/// How a method takes `self`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Not at all.
    None,
    /// `&self`.
    Shared,
    /// In a way that a proxy has not.
    Other,
}

/// What becomes of a method of a trait.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// The object's is called.
    Forward,
    /// The trait's own body stays.
    Keep,
    /// It has `where Self: Sized` and no body: nothing can be called, for the object may be unsized.
    Panic,
}

impl<'a> ProxyTrait<'a> {
    pub(crate) fn read(ctxt: &Ctxt, arguments: TokenStream, item: &'a ItemTrait) -> Self {
        let methods = item.items.iter().filter_map(|item| match item {
            TraitItem::Fn(function) => Some(Method {
                attrs: &function.attrs,
                sig: &function.sig,
                has_default: function.default.is_some(),
                options: MethodOptions::read(ctxt, &function.attrs),
            }),
            _ => None,
        });
        Self {
            item,
            options: TraitOptions::read(ctxt, arguments, &item.attrs),
            methods: methods.collect(),
        }
    }

    /// Whether only sized objects have all associated types.
    pub(crate) fn needs_sized(&self) -> bool {
        self.item.items.iter().any(|item| {
            let TraitItem::Type(item) = item else {
                return false;
            };
            bound_on_self(&item.generics).is_some_and(is_sized)
        })
    }
}

impl<'a> ProxyImpl<'a> {
    pub(crate) fn read(ctxt: &Ctxt, arguments: TokenStream, item: &'a ItemImpl) -> Option<Self> {
        let options = ExtensionOptions::read(ctxt, arguments)?;
        let public = matches!(options.vis, Visibility::Public(_));
        let (mut methods, mut left_out) = (Vec::new(), Vec::new());
        for item in &item.items {
            let ImplItem::Fn(function) = item else {
                continue;
            };
            let hidden = match function.vis {
                Visibility::Public(_) => false,
                Visibility::Inherited => true,
                Visibility::Restricted(_) => public,
            };
            let method = Method {
                attrs: &function.attrs,
                sig: &function.sig,
                has_default: false,
                options: MethodOptions::read_of_impl(ctxt, &function.attrs),
            };
            if method.access() == Access::None {
                left_out.push(LeftOut::NoReceiver);
            } else if hidden {
                left_out.push(LeftOut::Hidden);
            } else if method.options.skip.is_some() {
                left_out.push(LeftOut::Skipped);
            } else {
                methods.push(method);
            }
        }
        Some(Self {
            item,
            options,
            methods,
            left_out,
        })
    }
}

impl Method<'_> {
    pub(crate) fn access(&self) -> Access {
        let Some(receiver) = self.sig.receiver() else {
            return Access::None;
        };
        let shared = match &receiver.kind {
            ReceiverKind::Reference(_, _, None) => true,
            ReceiverKind::Typed(_, ty) => {
                matches!(&**ty, Type::Reference(ty) if ty.mutability.is_none() && is_self(&ty.elem))
            }
            _ => false,
        };
        if shared {
            Access::Shared
        } else {
            Access::Other
        }
    }

    /// Whether it takes `self` by value, or in a pointer that is none of a borrow.
    pub(crate) fn takes_the_object(&self) -> bool {
        let receiver = self.sig.receiver();
        receiver.is_some_and(|receiver| match &receiver.kind {
            ReceiverKind::Value => true,
            ReceiverKind::Typed(_, ty) => !borrows(ty),
            _ => false,
        })
    }

    /// The method's own word `self`, which no other can stand for.
    pub(crate) fn own(&self) -> Option<&Token![self]> {
        Some(&self.sig.receiver()?.self_token)
    }

    /// The lifetime of `&'a self`, if written.
    pub(crate) fn own_lifetime(&self) -> Option<&Lifetime> {
        match &self.sig.receiver()?.kind {
            ReceiverKind::Reference(_, lifetime, _) => lifetime.as_ref(),
            ReceiverKind::Typed(_, ty) => match &**ty {
                Type::Reference(ty) => ty.lifetime.as_ref(),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        if self.options.skip.is_some() {
            return Plan::Keep;
        }
        if self.asks_to_be_shared() {
            return Plan::Forward;
        }
        match self.bound_on_self() {
            Some(_) if self.has_default => Plan::Keep,
            Some(bound) if is_sized(bound) => Plan::Panic,
            _ => Plan::Forward,
        }
    }

    pub(crate) fn bound_on_self(&self) -> Option<&WherePredicate> {
        bound_on_self(&self.sig.generics)
    }

    pub(crate) fn parameters(&self) -> impl Iterator<Item = &syn::PatType> {
        self.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(parameter) => Some(parameter),
            FnArg::Receiver(_) => None,
        })
    }

    pub(crate) fn result(&self) -> Option<&Type> {
        match &self.sig.output {
            ReturnType::Type(_, ty) => Some(ty),
            ReturnType::Default => None,
        }
    }

    /// The future that it returns, if its type says that it is one which may hold what the method borrows.
    pub(crate) fn future(&self) -> Option<Future<'_>> {
        Future::of(self.result()?)
    }

    pub(crate) fn is_unsafe(&self) -> bool {
        matches!(self.sig.safety, Safety::Unsafe(_))
    }

    /// Whether its result has no name.
    pub(crate) fn is_unnamed(&self) -> bool {
        self.future().is_some_and(|future| future.opaque.is_some())
    }

    /// Whether it is an `async fn` that ends: `!` cannot be the output of an `impl Future`.
    pub(crate) fn is_async_with_result(&self) -> bool {
        self.sig.asyncness.is_some() && !matches!(self.result(), Some(Type::Never(_)))
    }

    /// Whether it returns a future that says `Send`.
    pub(crate) fn sends_a_future(&self) -> bool {
        self.future().is_some_and(|future| future.is_send)
    }

    /// Whether `Self: Sync` or `Self: Send` is asked for by a method that returns a future to be sent, which makes no
    /// sense without. Such a bound holds for the object as for its proxy.
    pub(crate) fn asks_to_be_shared(&self) -> bool {
        self.sends_a_future()
            && matches!(self.bound_on_self(), Some(WherePredicate::Type(predicate))
                if predicate.bounds.iter().all(is_of_threads))
    }

    /// The `Result` that it returns at once or as a future, if it looks like one.
    pub(crate) fn returns_result(&self) -> bool {
        let result = match self.future() {
            Some(future) => Some(future.output),
            None => self.result(),
        };
        matches!(result, Some(Type::Path(ty))
            if ty.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Result")))
    }
}

/// A future as the result of a method.
pub(crate) struct Future<'a> {
    /// `impl Future<Output = R>`, if it has no name.
    pub(crate) opaque: Option<&'a TypeImplTrait>,
    pub(crate) output: &'a Type,
    /// Whether it says `Send`.
    pub(crate) is_send: bool,
}

impl<'a> Future<'a> {
    /// `impl Future<Output = R>`, `Pin<Box<dyn Future<Output = R> + 'a>>`, `BoxFuture<'a, R>` or `LocalBoxFuture<'a, R>`.
    /// A box without lifetime holds nothing of the object.
    fn of(ty: &'a Type) -> Option<Self> {
        let (opaque, bounds) = match ty {
            Type::ImplTrait(ty) => (Some(ty), &ty.bounds),
            _ => match arguments_of(ty)? {
                (name, arguments)
                    if word::is(name, "BoxFuture") || word::is(name, "LocalBoxFuture") =>
                {
                    let borrows = arguments.args.iter().any(|argument| {
                        matches!(argument, GenericArgument::Lifetime(lifetime) if lifetime.ident != "static")
                    });
                    return borrows.then_some(Self {
                        opaque: None,
                        output: first_type(arguments)?,
                        is_send: word::is(name, "BoxFuture"),
                    });
                }
                (name, arguments) if word::is(name, "Pin") => {
                    (None, boxed_borrow(first_type(arguments)?)?)
                }
                _ => return None,
            },
        };
        Some(Self {
            opaque,
            output: bounds.iter().find_map(future_output)?,
            is_send: bounds.iter().any(|bound| is_trait(bound, "Send")),
        })
    }
}

/// The bounds of `Box<dyn … + 'a>`.
fn boxed_borrow(ty: &Type) -> Option<&Punctuated<TypeParamBound, Token![+]>> {
    let (name, arguments) = arguments_of(ty)?;
    let Type::TraitObject(object) = first_type(arguments)? else {
        return None;
    };
    let borrows = object.bounds.iter().any(
        |bound| matches!(bound, TypeParamBound::Lifetime(lifetime) if lifetime.ident != "static"),
    );
    (word::is(name, "Box") && borrows).then_some(&object.bounds)
}

/// The output of a future in a box, for another to take its place.
pub(crate) fn boxed_output(ty: &mut Type) -> Option<&mut Type> {
    match ty {
        Type::TraitObject(ty) => ty.bounds.iter_mut().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => arguments_mut(bound.path.segments.last_mut()?)?
                .iter_mut()
                .find_map(|argument| match argument {
                    GenericArgument::AssocType(assoc) if word::is(&assoc.ident, "Output") => {
                        Some(&mut assoc.ty)
                    }
                    _ => None,
                }),
            _ => None,
        }),
        Type::Path(ty) => {
            let last = ty.path.segments.last_mut()?;
            let is_alias = !word::is(&last.ident, "Pin") && !word::is(&last.ident, "Box");
            let argument = arguments_mut(last)?
                .iter_mut()
                .find_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                })?;
            if is_alias {
                Some(argument)
            } else {
                boxed_output(argument)
            }
        }
        _ => None,
    }
}

/// The last name of a path, with the arguments in angle brackets behind it.
fn arguments_of(ty: &Type) -> Option<(&Ident, &AngleBracketedGenericArguments)> {
    let Type::Path(ty) = ty else {
        return None;
    };
    let last = ty.path.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => Some((&last.ident, arguments)),
        _ => None,
    }
}

fn arguments_mut(segment: &mut PathSegment) -> Option<&mut Punctuated<GenericArgument, Token![,]>> {
    match &mut segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&mut arguments.args),
        _ => None,
    }
}

fn first_type(arguments: &AngleBracketedGenericArguments) -> Option<&Type> {
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `Send`, `Sync` or a lifetime.
fn is_of_threads(bound: &TypeParamBound) -> bool {
    matches!(bound, TypeParamBound::Lifetime(_))
        || is_trait(bound, "Send")
        || is_trait(bound, "Sync")
}

/// A bound on `Self` that may hold for the proxy and not for the object, such as `where Self: Sized`.
pub(crate) fn bound_on_self(generics: &Generics) -> Option<&WherePredicate> {
    let clause = generics.where_clause.as_ref()?;
    clause.predicates.iter().find(|predicate| {
        let WherePredicate::Type(predicate) = predicate else {
            return false;
        };
        let lifetimes_only = predicate
            .bounds
            .iter()
            .all(|bound| matches!(bound, TypeParamBound::Lifetime(_)));
        is_self(&predicate.bounded_ty) && !lifetimes_only
    })
}

/// Whether a bound is the trait of this name.
pub(crate) fn is_trait(bound: &TypeParamBound, name: &str) -> bool {
    matches!(bound, TypeParamBound::Trait(bound)
        if bound.path.segments.last().is_some_and(|last| word::is(&last.ident, name)))
}

fn future_output(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(of_trait) = bound else {
        return None;
    };
    let PathArguments::AngleBracketed(arguments) = &of_trait.path.segments.last()?.arguments else {
        return None;
    };
    if !is_trait(bound, "Future") {
        return None;
    }
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assoc) if word::is(&assoc.ident, "Output") => Some(&assoc.ty),
        _ => None,
    })
}

/// Whether the type of a receiver is a reference, or one in a `Pin`.
fn borrows(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) => true,
        _ => arguments_of(ty)
            .and_then(|(_, arguments)| first_type(arguments))
            .is_some_and(borrows),
    }
}

/// Whether a type is the word `Self`.
fn is_self(ty: &Type) -> bool {
    matches!(ty, Type::Path(ty) if ty.qself.is_none() && ty.path.is_ident("Self"))
}

pub(crate) fn is_sized(bound: &WherePredicate) -> bool {
    let WherePredicate::Type(bound) = bound else {
        return false;
    };
    let is_sized = |bound| is_trait(bound, "Sized") || matches!(bound, TypeParamBound::Lifetime(_));
    bound.bounds.iter().all(is_sized)
}
