//! Reads attributes: comma-separated keys, some with a value. Every mistake in a list is noted, not only the first.

use proc_macro2::TokenTree;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::token::Paren;
use syn::{Error, Ident, Path, Result, Token};

use crate::ctxt::Ctxt;

pub(crate) mod finalizer;
pub(crate) mod proxy;
pub(crate) mod weakref;

/// Calls `read` for every key of a comma-separated list. After a mistake it goes on behind the next comma.
pub(crate) fn each_key(
    ctxt: &Ctxt,
    input: ParseStream<'_>,
    mut read: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) {
    while !input.is_empty() {
        if let Err(error) = one_key(input, &mut read) {
            ctxt.push(error);
            skip_to_comma(input);
        }
        // `one_key` and `skip_to_comma` stop at a comma or at the end.
        let _: Option<Token![,]> = input.parse().unwrap_or_default();
    }
}

fn one_key(
    input: ParseStream<'_>,
    read: &mut impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    let Ok(key) = input.call(Ident::parse_any) else {
        return Err(input.error("expected a key; keys are plain words, as in `crate = path`"));
    };
    read(&key, input)?;
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(());
    }
    Err(input.error("unexpected behind a key; separate keys with commas"))
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.peek(Token![,]) && input.parse::<TokenTree>().is_ok() {}
}

/// Reads `= value` behind a key. `what` describes a value, `sample` is one.
pub(crate) fn value<T>(
    key: &Ident,
    input: ParseStream<'_>,
    what: &str,
    sample: &str,
    parse: fn(ParseStream<'_>) -> Result<T>,
) -> Result<T> {
    if !input.peek(Token![=]) {
        let message = format!("`{key}` needs a value; write `{key} = {sample}`");
        return Err(Error::new(key.span(), message));
    }
    let _: Token![=] = input.parse()?;
    let start = input.span();
    let value = input.call(parse);
    match value {
        Ok(value) if input.is_empty() || input.peek(Token![,]) => Ok(value),
        _ => {
            let message = format!("`{key}` takes {what}; write `{key} = {sample}`");
            Err(Error::new(start, message))
        }
    }
}

pub(crate) fn no_value(key: &Ident, input: ParseStream<'_>) -> Result<()> {
    if !input.peek(Token![=]) && !input.peek(Paren) {
        return Ok(());
    }
    let message = format!("`{key}` takes no value; write `{key}` alone");
    Err(Error::new(key.span(), message))
}

pub(crate) fn once(key: &Ident, first: bool) -> Result<()> {
    if first {
        return Ok(());
    }
    let message = format!("`{key}` is given twice; remove one of the two");
    Err(Error::new(key.span(), message))
}

pub(crate) fn unknown(key: &Ident, known: &str) -> Error {
    let message = format!("unknown key `{key}`; the keys here are {known}");
    Error::new(key.span(), message)
}

/// `crate = path`.
pub(crate) fn crate_path(key: &Ident, input: ParseStream<'_>) -> Result<Path> {
    value(
        key,
        input,
        "a path without quotes",
        "path::to::weakref",
        module,
    )
}

/// A path to a module: `Self` is a type, which the expansion would take for its own. [`value`] says what is wrong.
fn module(input: ParseStream<'_>) -> Result<Path> {
    let path = input.call(Path::parse_mod_style)?;
    if path.segments.iter().any(|segment| segment.ident == "Self") {
        return Err(input.error(String::new()));
    }
    Ok(path)
}
