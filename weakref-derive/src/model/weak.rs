//! The input of `weak!`.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Path, Result, Token, bracketed};

/// `path; [a, b = expr] else value, move |x| …`
pub(crate) struct Weak {
    /// Where the `weakref` crate is.
    pub(crate) krate: Path,
    pub(crate) captures: Punctuated<Capture, Token![,]>,
    /// The closing of the list, for what is missing in it.
    pub(crate) list: syn::token::Bracket,
    /// What the closure returns when an object is dead.
    pub(crate) dead: Option<Expr>,
    pub(crate) closure: Expr,
}

/// An object that is captured weakly.
pub(crate) enum Capture {
    /// `name`, or `name = expr`.
    Named { name: Ident, value: Expr },
    /// Something that needs a name.
    Unnamed(TokenStream),
}

impl Parse for Weak {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let krate = input.call(Path::parse_mod_style)?;
        let _: Token![;] = input.parse()?;
        if !input.peek(syn::token::Bracket) {
            return Err(input.error(
                "`weak!` begins with what it captures; write `weak!([object], move || …)`",
            ));
        }
        let inside;
        let list = bracketed!(inside in input);
        let captures = inside.parse_terminated(Capture::parse, Token![,])?;
        let dead = if input.peek(Token![else]) {
            let _: Token![else] = input.parse()?;
            Some(input.parse()?)
        } else {
            None
        };
        if !input.peek(Token![,]) {
            return Err(input.error(
                "expected a comma and the closure; write `weak!([object] else value, move || …)`",
            ));
        }
        let _: Token![,] = input.parse()?;
        let closure = input.parse()?;
        let _: Option<Token![,]> = input.parse()?;
        Ok(Self {
            krate,
            captures,
            list,
            dead,
            closure,
        })
    }
}

impl Parse for Capture {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let starts_named = input.peek(Ident::peek_any) && !input.peek(Token![self]);
        if starts_named && input.peek2(Token![=]) && !input.peek2(Token![==]) {
            let name = input.parse()?;
            let _: Token![=] = input.parse()?;
            let value = input.parse()?;
            return Ok(Self::Named { name, value });
        }
        let ends = |input: ParseStream<'_>| input.is_empty() || input.peek(Token![,]);
        let fork = input.fork();
        if fork.parse::<Ident>().is_ok() && ends(&fork) {
            let name: Ident = input.parse()?;
            let value = syn::parse_quote!(#name);
            return Ok(Self::Named { name, value });
        }
        let mut tokens = TokenStream::new();
        while !ends(input) {
            tokens.extend([input.parse::<TokenTree>()?]);
        }
        Ok(Self::Unnamed(tokens))
    }
}
