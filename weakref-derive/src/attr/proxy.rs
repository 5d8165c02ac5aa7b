//! `#[weakref::proxy(…)]` on a trait or an `impl`, and `#[proxy(…)]` on what is in it.

use proc_macro2::TokenStream;
use syn::parse::{Parse as _, ParseStream, Parser as _};
use syn::{Attribute, Error, Expr, Ident, Meta, Path, Result, Token, Visibility};

use super::{crate_path, each_key, no_value, once, unknown, value};
use crate::ctxt::Ctxt;
use crate::word;

/// What stands in the parentheses of `#[weakref::proxy(…)]` on a trait.
#[derive(Default)]
pub(crate) struct TraitOptions {
    /// `dead = …`, for every method that says nothing else.
    pub(crate) dead: Option<Dead>,
    /// `crate = path`.
    pub(crate) krate: Option<Path>,
}

/// What a method of a dead object's proxy does.
pub(crate) enum Dead {
    /// Returns the error as its own `Err`; the word `error`.
    Error(Ident),
    /// Returns the value.
    Value(Expr),
}

/// What stands in the parentheses of `#[weakref::proxy(…)]` on an `impl`.
pub(crate) struct ExtensionOptions {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) krate: Option<Path>,
}

/// What `#[proxy(…)]` says about a method.
#[derive(Default)]
pub(crate) struct MethodOptions {
    pub(crate) dead: Option<Dead>,
    /// `default` or `skip`: leaves the method as it is.
    pub(crate) skip: Option<Ident>,
}

impl TraitOptions {
    /// Reads the macro's own arguments, and further attributes of the trait.
    pub(crate) fn read(ctxt: &Ctxt, arguments: TokenStream, attrs: &[Attribute]) -> Self {
        let mut options = Self::default();
        let mut keys = |input: ParseStream<'_>| {
            each_key(ctxt, input, |key, input| options.read_key(key, input));
            Ok(())
        };
        note(ctxt, (&mut keys).parse2(arguments));
        for attr in attrs.iter().filter(|attr| is_proxy(attr)) {
            note(ctxt, attr.parse_args_with(&mut keys));
        }
        options
    }

    fn read_key(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        match key.to_string().as_str() {
            "dead" => {
                let dead = Dead::read(key, input)?;
                once(key, self.dead.is_none())?;
                self.dead = Some(dead);
            }
            "crate" => {
                let path = crate_path(key, input)?;
                once(key, self.krate.is_none())?;
                self.krate = Some(path);
            }
            _ => {
                let known = "`dead = value`, `dead = error` and `crate = path`";
                return Err(unknown(key, known));
            }
        }
        Ok(())
    }
}

impl Dead {
    fn read(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let what = "an expression, or the word `error`";
        let value = value(key, input, what, "Default::default()", Expr::parse)?;
        Ok(match &value {
            Expr::Path(path) if path.path.is_ident("error") => {
                Self::Error(Ident::new("error", syn::spanned::Spanned::span(&value)))
            }
            _ => Self::Value(value),
        })
    }
}

impl ExtensionOptions {
    /// Reads `pub trait Name, crate = path`.
    pub(crate) fn read(ctxt: &Ctxt, arguments: TokenStream) -> Option<Self> {
        let parser = |input: ParseStream<'_>| {
            let attrs = input.call(Attribute::parse_outer)?;
            let vis = input.parse()?;
            if !input.peek(Token![trait]) {
                return Err(Error::new(input.span(), NAME_A_TRAIT));
            }
            let _: Token![trait] = input.parse()?;
            let mut options = Self {
                attrs,
                vis,
                ident: input.parse()?,
                krate: None,
            };
            let _: Option<Token![,]> = input.parse()?;
            each_key(ctxt, input, |key, input| options.read_key(key, input));
            Ok(options)
        };
        match parser.parse2(arguments) {
            Ok(options) => Some(options),
            Err(error) => {
                ctxt.push(error);
                None
            }
        }
    }

    fn read_key(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        if key != "crate" {
            return Err(unknown(key, "`crate = path`, behind the trait"));
        }
        let path = crate_path(key, input)?;
        once(key, self.krate.is_none())?;
        self.krate = Some(path);
        Ok(())
    }
}

const NAME_A_TRAIT: &str = "`#[weakref::proxy]` on an `impl` needs the trait that it shall declare; \
                            write `#[weakref::proxy(pub trait NameProxy)]`";

impl MethodOptions {
    /// Reads the attributes of a method of a trait.
    pub(crate) fn read(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        Self::read_with(ctxt, attrs, true)
    }

    /// Reads the attributes of a method of an `impl`, whose proxies return the error.
    pub(crate) fn read_of_impl(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        Self::read_with(ctxt, attrs, false)
    }

    fn read_with(ctxt: &Ctxt, attrs: &[Attribute], of_trait: bool) -> Self {
        let mut options = Self::default();
        for attr in attrs.iter().filter(|attr| is_proxy(attr)) {
            if !matches!(&attr.meta, Meta::List(list) if !list.tokens.is_empty()) {
                ctxt.error(
                    attr,
                    "`#[proxy]` says nothing here; remove it, or name a key, as in `#[proxy(skip)]`",
                );
                continue;
            }
            let keys = |input: ParseStream<'_>| {
                each_key(ctxt, input, |key, input| {
                    options.read_key(key, input, of_trait)
                });
                Ok(())
            };
            note(ctxt, attr.parse_args_with(keys));
        }
        options
    }

    fn read_key(&mut self, key: &Ident, input: ParseStream<'_>, of_trait: bool) -> Result<()> {
        match key.to_string().as_str() {
            "dead" if of_trait => {
                let dead = Dead::read(key, input)?;
                once(key, self.dead.is_none())?;
                self.dead = Some(dead);
            }
            "default" if of_trait => self.read_skip(key, input)?,
            "skip" => self.read_skip(key, input)?,
            _ if of_trait => {
                let known = "`dead = value`, `dead = error`, `default` and `skip`";
                return Err(unknown(key, known));
            }
            _ => return Err(unknown(key, "`skip`, since a dead object is an `Err` here")),
        }
        Ok(())
    }

    fn read_skip(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        let first = self.skip.is_none();
        self.skip = Some(key.clone());
        no_value(key, input)?;
        once(key, first)
    }
}

fn note(ctxt: &Ctxt, result: Result<()>) {
    if let Err(error) = result {
        ctxt.push(error);
    }
}

/// Whether this is `#[proxy]` or `#[weakref::proxy]`.
pub(crate) fn is_proxy(attr: &Attribute) -> bool {
    let mut segments = attr.path().segments.iter();
    match (segments.next(), segments.next(), segments.next()) {
        (Some(name), None, None) => word::is(&name.ident, "proxy"),
        (Some(krate), Some(name), None) => {
            word::is(&krate.ident, "weakref") && word::is(&name.ident, "proxy")
        }
        _ => false,
    }
}
