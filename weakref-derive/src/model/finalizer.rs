//! The input of `#[finalizer]`.

use proc_macro2::TokenStream;
use quote::format_ident;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::token::Brace;
use syn::{
    Attribute, Block, Error, Ident, Lifetime, PathArguments, Receiver, ReceiverKind, Result,
    ReturnType, Signature, Stmt, Token, Type, TypeImplTrait, TypeParamBound, Visibility, braced,
    parse_quote_spanned,
};

use crate::attr::finalizer::FinalizerOptions;
use crate::ctxt::Ctxt;
use crate::word;

/// A method or function beside what `#[finalizer(…)]` says about it.
pub(crate) struct Finalizer<'a> {
    pub(crate) function: &'a Function,
    pub(crate) options: FinalizerOptions,
}

impl<'a> Finalizer<'a> {
    pub(crate) fn read(ctxt: &Ctxt, arguments: TokenStream, function: &'a Function) -> Self {
        Self {
            function,
            options: FinalizerOptions::read(ctxt, arguments),
        }
    }

    /// The name of the constant by which an object's finalizer is found: that of the method, in capitals.
    pub(crate) fn key(&self) -> Ident {
        if let Some(key) = &self.options.key {
            return key.value.clone();
        }
        let name = self.function.name();
        Ident::new(&name.to_uppercase(), self.function.sig.ident.span())
    }

    /// Whether the action runs at exit; `true` unless it says otherwise.
    pub(crate) fn at_exit(&self) -> bool {
        let at_exit = self.options.at_exit.as_ref();
        at_exit.is_none_or(|at_exit| at_exit.value.value())
    }

    /// The name of the function that the derive calls.
    pub(crate) fn attach(&self) -> Ident {
        attach_function(&self.function.sig.ident)
    }

    /// The visibility of that function: the method's, but never beyond the crate, in which the derive is too. Of what is
    /// visible everywhere the compiler cannot say that nobody uses it.
    pub(crate) fn attach_visibility(&self) -> Visibility {
        match &self.function.vis {
            Visibility::Public(public) => parse_quote_spanned!(public.span=> pub(crate)),
            other => other.clone(),
        }
    }
}

/// The name of the function that attaches the finalizer of this name. Where nobody calls that function, it is what the
/// compiler's warning about unused code shows.
pub(crate) fn attach_function(finalizer: &Ident) -> Ident {
    format_ident!(
        "attach_finalizer_{}_by_weakref_attribute",
        finalizer.unraw(),
        span = finalizer.span()
    )
}

/// A method of an `impl`, or a function anywhere.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) braces: Brace,
    pub(crate) stmts: Vec<Stmt>,
}

impl Function {
    pub(crate) fn receiver(&self) -> Option<&Receiver> {
        self.sig.receiver()
    }

    /// The lifetime of `&'a self` or `self: &'a Self`, if written.
    pub(crate) fn receiver_lifetime(&self) -> Option<&Lifetime> {
        match &self.receiver()?.kind {
            ReceiverKind::Reference(_, lifetime, _) => lifetime.as_ref(),
            ReceiverKind::Typed(_, ty) => match &**ty {
                Type::Reference(ty) => ty.lifetime.as_ref(),
                _ => None,
            },
            _ => None,
        }
    }

    /// The name, without `r#`.
    pub(crate) fn name(&self) -> String {
        word::text(&self.sig.ident)
    }

    /// What it returns, if that is `impl FnOnce() -> R`.
    pub(crate) fn action(&self) -> Option<Action<'_>> {
        let ReturnType::Type(_, ty) = &self.sig.output else {
            return None;
        };
        let Type::ImplTrait(ty) = &**ty else {
            return None;
        };
        let result = match ty.bounds.iter().find_map(result_of)? {
            ReturnType::Type(_, result) => Some(&**result),
            ReturnType::Default => None,
        };
        Some(Action { ty, result })
    }
}

/// The type `impl FnOnce() -> R`, perhaps with further bounds.
pub(crate) struct Action<'a> {
    pub(crate) ty: &'a TypeImplTrait,
    /// `R`, if it is not `()`.
    pub(crate) result: Option<&'a Type>,
}

/// The `-> R` of a bound `FnOnce() -> R`.
fn result_of(bound: &TypeParamBound) -> Option<&ReturnType> {
    let TypeParamBound::Trait(bound) = bound else {
        return None;
    };
    let last = bound.path.segments.last()?;
    match &last.arguments {
        PathArguments::Parenthesized(arguments)
            if word::is(&last.ident, "FnOnce") && arguments.inputs.is_empty() =>
        {
            Some(&arguments.output)
        }
        _ => None,
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if !starts_function(input) {
            let message = "`#[finalizer]` goes on a method or a function; \
                           a type names its finalizers with `#[weakref(finalizer = method_name)]`";
            return Err(input.error(message));
        }
        let sig: Signature = input.parse()?;
        if input.peek(Token![;]) {
            let message = "`#[finalizer]` needs the body of the method; put it on a method of an `impl` of the type itself";
            return Err(Error::new(sig.ident.span(), message));
        }
        let body;
        let braces = braced!(body in input);
        attrs.extend(body.call(Attribute::parse_inner)?);
        Ok(Self {
            attrs,
            vis,
            sig,
            braces,
            stmts: body.call(Block::parse_within)?,
        })
    }
}

fn starts_function(input: ParseStream<'_>) -> bool {
    input.peek(Token![fn])
        || input.peek(Token![const])
        || input.peek(Token![async])
        || input.peek(Token![unsafe])
        || input.peek(Token![extern])
}
