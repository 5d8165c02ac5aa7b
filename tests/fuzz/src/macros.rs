//! Input for the derives and attributes: whole items by a grammar, with tokens out of place between them.
//!
//! Whatever comes must give code or errors, never a panic, and what a derive or a finalizer gives must be items again.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser as _};
use syn::{DeriveInput, File, ImplItem};

use crate::expand;
use crate::input::{self, byte};

/// Runs one input; its first byte chooses the macro.
pub fn run(script: &[u8]) {
    input::begin(script);
    let kind = byte();
    let mut text = Text::default();
    match kind % 5 {
        0 | 1 => {
            text.put("%A%I");
            let Some(item) = text.tokens() else { return };
            let output = if kind % 5 == 0 {
                expand::referenceable::derive(item.clone())
            } else {
                expand::finalizer_safe::derive(item.clone())
            };
            if !has_nameless_parameter(item) {
                check_items(output);
            }
        }
        2 => {
            text.put("%O");
            let Some(arguments) = text.tokens() else {
                return;
            };
            let mut text = Text::default();
            text.put("%F");
            let Some(item) = text.tokens() else { return };
            check_members(expand::finalizer::attribute(arguments, item));
        }
        3 => {
            text.put("%P");
            let Some(arguments) = text.tokens() else {
                return;
            };
            let mut text = Text::default();
            text.put("%T");
            let Some(item) = text.tokens() else { return };
            // A bound that names no trait, such as `Self::Answer`, becomes one that the compiler cannot even parse.
            drop(expand::proxy::attribute(arguments, item));
        }
        _ => {
            text.put("%W");
            let Some(input) = text.tokens() else { return };
            drop(expand::weak::expression(input));
        }
    }
}

/// Whether a type parameter is `_`: read by syn, but refused by the compiler before it comes to a derive.
fn has_nameless_parameter(item: TokenStream) -> bool {
    syn::parse2::<DeriveInput>(item).is_ok_and(|item| {
        let mut parameters = item.generics.type_params();
        parameters.any(|parameter| parameter.ident == "_")
    })
}

/// Whether it says what is wrong; then what stands beside it may be as wrong as the input.
fn is_refused(output: &TokenStream) -> bool {
    output.clone().into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == "compile_error",
        TokenTree::Group(group) => is_refused(&group.stream()),
        _ => false,
    })
}

fn check_items(output: TokenStream) {
    if is_refused(&output) {
        return;
    }
    if let Err(error) = syn::parse2::<File>(output.clone()) {
        panic!("no items but {error}: {output}");
    }
}

fn check_members(output: TokenStream) {
    if is_refused(&output) {
        return;
    }
    let members = |input: ParseStream<'_>| {
        while !input.is_empty() {
            input.parse::<ImplItem>()?;
        }
        Ok(())
    };
    if let Err(error) = members.parse2(output.clone()) {
        panic!("no members but {error}: {output}");
    }
}

/// What stands for what in a pattern: `%` and the letter of a rule.
fn rule(name: u8) -> &'static [&'static str] {
    match name {
        // Attributes of a type.
        b'A' => &[
            "",
            "#[weakref(local)]",
            "#[weakref(finalizer = %i)]",
            "#[weakref(%O)] %A",
            "#[weakref(finalizer = %i, finalizer = %i, local)]",
            "#[weakref(crate = %p)]",
            "#[weakref]",
            "#[weakref = %e]",
            "#[cfg(%i)] %A",
            "#[repr(%i)] #[doc = \"x\"] %A",
            "#[weakref(%x)] %A",
        ],
        // A type.
        b'I' => &[
            "pub struct %i;",
            "struct %i%g { %f %i: %t }",
            "struct %i%g(%t, pub %t) %w;",
            "enum %i%g %w { %i, %i(%t), %i { %f } }",
            "enum %i {}",
            "union %i { %f }",
            "pub(crate) struct %i%g %w { %f }",
            "%x struct %i;",
            "%T",
            "%F",
        ],
        b'f' => &[
            "",
            "%i: %t,",
            "pub %i: %t, %f",
            "#[weakref(local)] %i: %t,",
            "#[%i] %f",
        ],
        b'g' => &[
            "",
            "<T>",
            "<T: 'static>",
            "<'a>",
            "<'a, T: 'a + %t>",
            "<const N: usize>",
            "<T = %t, const N: usize = 3>",
            "<T: ?Sized + for<'a> Fn(&'a %t)>",
            "<%x>",
        ],
        b'w' => &[
            "",
            "where T: %t",
            "where %t: %t, 'a: 'static",
            "where Self: Sized",
            "where",
            "where %x",
        ],
        b't' => &[
            "u8",
            "T",
            "Self",
            "%i",
            "&'a %t",
            "&mut %t",
            "(%t, %t)",
            "[%t; N]",
            "[%t]",
            "Box<dyn %t + 'a>",
            "impl FnOnce() -> %t",
            "impl Future<Output = %t> + '_",
            "Result<%t, %t>",
            "Option<Self>",
            "fn(%t) -> %t",
            "*const %t",
            "!",
            "_",
            "%p",
            "<%t as %p>::%i",
            "Self::Answer",
            "PhantomData<%t>",
            "%i!(%x)",
            "Strong<%t>",
            "impl %t",
            "'static",
            "%x",
        ],
        b'p' => &[
            "a",
            "crate::a",
            "::a::b",
            "self",
            "super::%i",
            "a::<%t>::b",
            "%x",
        ],
        b'i' => &[
            "a", "b", "T", "self", "Self", "r#type", "r#fn", "crate", "_", "local", "close",
            "Übung", "__p", "dead",
        ],
        // Options of `finalizer`.
        b'O' => &[
            "",
            "at_exit = false",
            "at_exit = true, key = NAME",
            "key = %i",
            "crate = %p",
            "crate = %p, %O",
            "at_exit",
            "at_exit = %e, %O",
            "local, %O",
            "finalizer = %i, %O",
            "%x",
        ],
        // A function.
        b'F' => &[
            "fn %i(&self) -> impl FnOnce() { move || %e }",
            "%A pub fn %i(&self) -> impl FnOnce() -> %t { %s move || { %s %e } }",
            "fn %i%g(&self%q) -> impl FnOnce() -> %t + %t %w { %s %e }",
            "pub async fn %i(%r%q) -> %t %w { %s }",
            "fn %i(%i: %t%q) { %s }",
            "const unsafe extern \"C\" fn %i(%r) -> %t { %e }",
            "fn %i(%r%q) -> %t;",
            "fn %i(&self) -> impl FnOnce() { if %e { return move || %e; } match %e { _ => move || %e } }",
            "%x fn %i(%r) {}",
            "%I",
        ],
        b'r' => &[
            "&self",
            "&mut self",
            "self",
            "mut self",
            "&'a self",
            "self: &Self",
            "self: %t",
            "",
            "%x",
        ],
        b'q' => &[
            "",
            ", %i: %t",
            ", mut %i: %t%q",
            ", (%i, _): %t",
            ", [%i, ..]: %t",
            ", #[cfg(x)] %i: %t",
            ", ...",
        ],
        b's' => &[
            "",
            "let %i = %e;",
            "let (a, b) = %e; %s",
            "%e;",
            "fn a() {} %s",
            "%i!(%x);",
            "return %e;",
            "%x",
        ],
        b'e' => &[
            "0",
            "self",
            "%i",
            "self.%i",
            "move || %e",
            "|%i| %e",
            "%i(%e, %e)",
            "%e.%i(%e)",
            "{ %s %e }",
            "if %e { %e } else { %e }",
            "match %e { %i => %e, _ => %e }",
            "async { %e }",
            "async move || %e",
            "format!(\"{self} {%i}\")",
            "%i!(%x)",
            "&%e",
            "unsafe { %e }",
            "loop { break %e }",
            "[%e; 3]",
            "S { %i: %e, ..%e }",
            "let Some(a) = %e",
            "return",
            "error",
            "%x",
        ],
        // Options of `proxy`.
        b'P' => &[
            "",
            "dead = %e",
            "dead = error",
            "trait %i",
            "pub trait %i",
            "pub(crate) trait %i, crate = %p",
            "crate = %p",
            "default",
            "skip",
            "%P, %P",
            "%x",
        ],
        // A trait or an `impl`.
        b'T' => &[
            "pub trait %i { %m }",
            "trait %i%g: %t %w { %m %m }",
            "unsafe trait %i: 'static + Send {}",
            "trait %i = %t;",
            "impl %t { %m %m }",
            "impl%g %t %w { pub %m pub %m }",
            "impl %t for %t { %m }",
            "auto trait %i {}",
            "#[proxy(%P)] trait %i { %m }",
            "%x trait %i { %m }",
            "%I",
        ],
        b'm' => &[
            "",
            "fn %i(&self);",
            "fn %i(&self%q) -> %t;",
            "#[proxy(%P)] fn %i(%r%q) -> %t %w { %e }",
            "#[proxy(%P)] fn %i%g(&self%q) -> %t;",
            "async fn %i(&self%q) -> %t;",
            "type %i%g: %t;",
            "type %i = %t;",
            "const %i: %t;",
            "const %i: %t = %e;",
            "#[cfg(x)] %m",
            "%i!{%x}",
            "%m %m",
            "%x",
        ],
        // A weak capture.
        b'W' => &[
            "[%c] move || %e",
            "[%c] else %e, move |%i: %t| -> %t { %e }",
            "[%c, %c] else %e, move |%i, %i| %e",
            "[%c], move |x| %e",
            "($crate) [%c] move || %e",
            "%p, [%c] %e",
            "%p; [%c] else { %e } move || %e",
            "%x",
        ],
        b'c' => &[
            "a",
            "%i",
            "%i = %e",
            "this = self",
            "mut %i",
            "&%i",
            "%c, %c",
            "",
            "%x",
        ],
        // Tokens out of place.
        _ => &[
            "", "struct", "enum", "impl", "trait", "fn", "for", "where", "dyn", "const", "static",
            "pub", "move", "<", ">", "::", ":", ";", ",", "=", "=>", "->", "&", "&&", "|", "||",
            "#", "!", "?", "'a", "'static", "_", ".", "..", "..=", "@", "$", "~", "1.0", "\"s\"",
            "b'x'", "c\"s\"", "r#\"x\"#", "1u8", "-1", "{%x}", "(%x)", "[%x]", "%x %x", "%t", "%e",
            "%i", "#[%x]", "#![%x]", "%A", "%s", "self", "Self", "crate", "else", "as", "\u{e9}",
        ],
    }
}

/// Patterns within patterns.
const DEEPEST: u32 = 24;
/// The longest text.
const LONGEST: usize = 1_500;

#[derive(Default)]
struct Text {
    text: String,
    depth: u32,
}

impl Text {
    fn put(&mut self, pattern: &str) {
        let mut rest = pattern;
        while let Some(at) = rest.find('%') {
            self.text.push_str(&rest[..at]);
            let name = rest.as_bytes()[at + 1];
            rest = &rest[at + 2..];
            // Beyond its size it becomes what is simplest.
            let is_small = self.depth < DEEPEST && self.text.len() < LONGEST;
            let choice = if is_small { usize::from(byte()) } else { 0 };
            // The last bytes put anything in anywhere.
            let rules = rule(if choice > 250 { b'x' } else { name });
            self.depth += 1;
            self.put(rules[choice % rules.len()]);
            self.depth -= 1;
            self.text.push(' ');
        }
        self.text.push_str(rest);
    }

    /// The tokens, if they are some.
    fn tokens(&self) -> Option<TokenStream> {
        self.text.parse().ok()
    }
}
