//! Finds what a type borrows, as far as its tokens tell.

use proc_macro2::Span;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Lifetime, Path, PathArguments, Type,
    TypeParamBound,
};

use crate::word;

/// Which lifetimes count. One that is left out, as in `&T`, always does.
type Counts<'a> = &'a dyn Fn(&Lifetime) -> bool;

/// The first lifetime in a type that is not `'static`, and not bound by the type itself as in `fn(&str)`.
pub(super) fn borrow_in(ty: &Type) -> Option<Span> {
    in_type(ty, &|lifetime| lifetime.ident != "static")
}

/// The first lifetime in the result of a method that is that of its receiver: `own`, `'_` or left out.
pub(super) fn borrow_from_receiver(ty: &Type, own: Option<&Lifetime>) -> Option<Span> {
    in_type(ty, &|lifetime| {
        lifetime.ident == "_" || own.is_some_and(|own| word::is_same(&own.ident, &lifetime.ident))
    })
}

/// The first lifetime in a type that is left out or `'_`.
pub(super) fn unnamed_borrow(ty: &Type) -> Option<Span> {
    in_type(ty, &|lifetime| lifetime.ident == "_")
}

fn in_type(ty: &Type, counts: Counts<'_>) -> Option<Span> {
    match ty {
        Type::Reference(ty) => match &ty.lifetime {
            None => Some(ty.and_token.span),
            Some(lifetime) => in_lifetime(lifetime, counts).or_else(|| in_type(&ty.elem, counts)),
        },
        Type::Array(ty) => in_type(&ty.elem, counts),
        Type::Group(ty) => in_type(&ty.elem, counts),
        Type::Paren(ty) => in_type(&ty.elem, counts),
        Type::Ptr(ty) => in_type(&ty.elem, counts),
        Type::Slice(ty) => in_type(&ty.elem, counts),
        Type::Tuple(ty) => ty.elems.iter().find_map(|ty| in_type(ty, counts)),
        Type::Path(ty) => {
            let qself = ty.qself.iter().find_map(|qself| in_type(&qself.ty, counts));
            qself.or_else(|| in_path(&ty.path, counts))
        }
        Type::TraitObject(ty) => ty.bounds.iter().find_map(|bound| in_bound(bound, counts)),
        Type::ImplTrait(ty) => ty.bounds.iter().find_map(|bound| in_bound(bound, counts)),
        _ => None,
    }
}

fn in_path(path: &Path, counts: Counts<'_>) -> Option<Span> {
    path.segments
        .iter()
        .find_map(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => in_arguments(arguments, counts),
            PathArguments::None | PathArguments::Parenthesized(_) => None,
        })
}

fn in_arguments(arguments: &AngleBracketedGenericArguments, counts: Counts<'_>) -> Option<Span> {
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Lifetime(lifetime) => in_lifetime(lifetime, counts),
        GenericArgument::Type(ty) => in_type(ty, counts),
        GenericArgument::AssocType(assoc) => in_type(&assoc.ty, counts),
        _ => None,
    })
}

fn in_bound(bound: &TypeParamBound, counts: Counts<'_>) -> Option<Span> {
    match bound {
        TypeParamBound::Lifetime(lifetime) => in_lifetime(lifetime, counts),
        TypeParamBound::Trait(bound) if bound.lifetimes.is_none() => in_path(&bound.path, counts),
        _ => None,
    }
}

fn in_lifetime(lifetime: &Lifetime, counts: Counts<'_>) -> Option<Span> {
    counts(lifetime).then(|| lifetime.span())
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
    use quote::quote;
    use syn::parse_quote;

    use super::*;

    /// What a `macro_rules!` makes of a `$ty:ty`.
    fn grouped(ty: TokenStream) -> Type {
        let group = TokenTree::from(Group::new(Delimiter::None, ty));
        syn::parse2(group.into()).expect("it is a type")
    }

    #[test]
    fn wherever_a_type_may_borrow() {
        let types: [Type; 16] = [
            parse_quote!(&u8),
            parse_quote!(&'a u8),
            parse_quote!(&'static &'a u8),
            parse_quote!([&'a u8; 2]),
            parse_quote!((&'a u8)),
            parse_quote!(*const &'a u8),
            parse_quote!(&'static [&'a u8]),
            parse_quote!((u8, &'a u8)),
            parse_quote!(Text<'a>),
            parse_quote!(Option<&'a u8>),
            parse_quote!(<Text<'a> as Borrow>::Owned),
            parse_quote!(dyn Read + 'a),
            parse_quote!(dyn Read<'a>),
            parse_quote!(impl Read + 'a),
            parse_quote!(Box<dyn Iterator<Item = &'a u8>>),
            grouped(quote!(&'a u8)),
        ];
        for ty in &types {
            assert!(borrow_in(ty).is_some(), "{}", quote!(#ty));
        }
    }

    #[test]
    fn not_what_lives_for_ever_or_is_bound_by_the_type() {
        let types: [Type; 6] = [
            parse_quote!(u8),
            parse_quote!(&'static u8),
            parse_quote!([Text<'static>; 2]),
            parse_quote!(dyn Read + 'static),
            parse_quote!(fn(&u8) -> &u8),
            parse_quote!(dyn for<'b> Visit<'b, u8>),
        ];
        for ty in &types {
            assert!(borrow_in(ty).is_none(), "{}", quote!(#ty));
        }
    }

    #[test]
    fn of_a_receiver_by_its_lifetime_or_by_none() {
        let own = parse_quote!('a);
        let borrows = |ty: Type| borrow_from_receiver(&ty, Some(&own)).is_some();
        assert!(borrows(parse_quote!(Text<'a>)));
        assert!(borrows(parse_quote!(Text<'_>)));
        assert!(borrows(parse_quote!(&u8)));
        assert!(borrows(parse_quote!(Text<'r#a>)));
        assert!(!borrows(parse_quote!(Text<'b>)));
        assert!(borrow_from_receiver(&parse_quote!(Text<'b>), None).is_none());
    }

    #[test]
    fn without_a_name() {
        assert!(unnamed_borrow(&parse_quote!(Text<'_>)).is_some());
        assert!(unnamed_borrow(&parse_quote!(&u8)).is_some());
        assert!(unnamed_borrow(&parse_quote!(Text<'a>)).is_none());
    }
}
