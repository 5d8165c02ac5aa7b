//! Finds what a type borrows, as far as its tokens tell.

use proc_macro2::Span;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Lifetime, Path, PathArguments, Type,
    TypeParamBound,
};

/// The first lifetime in a type that is not `'static`, and not bound by the type itself as in `fn(&str)`.
pub(super) fn borrow_in(ty: &Type) -> Option<Span> {
    match ty {
        Type::Reference(ty) => match &ty.lifetime {
            None => Some(ty.and_token.span),
            Some(lifetime) => not_static(lifetime).or_else(|| borrow_in(&ty.elem)),
        },
        Type::Array(ty) => borrow_in(&ty.elem),
        Type::Group(ty) => borrow_in(&ty.elem),
        Type::Paren(ty) => borrow_in(&ty.elem),
        Type::Ptr(ty) => borrow_in(&ty.elem),
        Type::Slice(ty) => borrow_in(&ty.elem),
        Type::Tuple(ty) => ty.elems.iter().find_map(borrow_in),
        Type::Path(ty) => {
            let qself = ty.qself.iter().find_map(|qself| borrow_in(&qself.ty));
            qself.or_else(|| borrow_in_path(&ty.path))
        }
        Type::TraitObject(ty) => ty.bounds.iter().find_map(borrow_in_bound),
        Type::ImplTrait(ty) => ty.bounds.iter().find_map(borrow_in_bound),
        _ => None,
    }
}

fn borrow_in_path(path: &Path) -> Option<Span> {
    path.segments
        .iter()
        .find_map(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => borrow_in_arguments(arguments),
            PathArguments::None | PathArguments::Parenthesized(_) => None,
        })
}

fn borrow_in_arguments(arguments: &AngleBracketedGenericArguments) -> Option<Span> {
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Lifetime(lifetime) => not_static(lifetime),
        GenericArgument::Type(ty) => borrow_in(ty),
        GenericArgument::AssocType(assoc) => borrow_in(&assoc.ty),
        _ => None,
    })
}

fn borrow_in_bound(bound: &TypeParamBound) -> Option<Span> {
    match bound {
        TypeParamBound::Lifetime(lifetime) => not_static(lifetime),
        TypeParamBound::Trait(bound) if bound.lifetimes.is_none() => borrow_in_path(&bound.path),
        _ => None,
    }
}

fn not_static(lifetime: &Lifetime) -> Option<Span> {
    (lifetime.ident != "static").then(|| lifetime.span())
}
