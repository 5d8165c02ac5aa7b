//! Finds a word in the tokens of a closure, wherever a macro may hide it. It reads tokens and not syntax, because the
//! arguments of macros have none.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Lit;

use crate::word;

/// Macros in whose arguments a word means the variable of that name; in others it may be anything.
const FORMATTING: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug_assert",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "panic",
    "print",
    "println",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// The first use of the method's `self`: as a word, in nested closures and the arguments of macros too, or in a format
/// string, as in `"{self}"`. Not `self` in the path of a module, and not that of an inner `impl`.
pub(super) fn use_of_self(tokens: &impl ToTokens) -> Option<Span> {
    let scan = Scan {
        word: "self",
        in_macro: false,
    };
    scan.stream(tokens.to_token_stream())
}

/// The first use of a variable that these tokens do not bind anew. Not fields, methods and paths of the same name, and
/// nothing in macros that may bind it.
pub(super) fn use_of_variable(tokens: &impl ToTokens, name: &Ident) -> Option<Span> {
    let scan = Scan {
        word: &word::text(name),
        in_macro: false,
    };
    scan.stream(tokens.to_token_stream())
}

#[derive(Clone, Copy)]
struct Scan<'a> {
    word: &'a str,
    /// In the arguments of a macro, where a string may be a format string.
    in_macro: bool,
}

impl Scan<'_> {
    fn stream(self, tokens: TokenStream) -> Option<Span> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let (before, after) = (&tokens[..at], &tokens[at + 1..]);
            let found = match token {
                TokenTree::Ident(name) if word::is(name, self.word) => {
                    is_variable(before, after).then(|| name.span())
                }
                TokenTree::Group(group) => self.group(before, group),
                TokenTree::Literal(literal) if self.in_macro => self.literal(literal),
                _ => None,
            };
            if found.is_some() {
                return found;
            }
            at += 1 + length_of_other_scope(token, after);
        }
        None
    }

    fn group(self, before: &[TokenTree], group: &Group) -> Option<Span> {
        let in_macro = match before {
            [.., TokenTree::Ident(name), bang] if is_punct(bang, '!') => {
                let known = FORMATTING.iter().any(|known| word::is(name, known));
                if self.word != "self" && (!known || names_argument(group, self.word)) {
                    return None;
                }
                true
            }
            _ => self.in_macro,
        };
        Self { in_macro, ..self }.stream(group.stream())
    }

    fn literal(self, literal: &Literal) -> Option<Span> {
        match Lit::new(literal.clone()) {
            Lit::Str(text) if formats(&text.value(), self.word) => Some(text.span()),
            _ => None,
        }
    }
}

/// Whether a macro has an argument `wanted = value`.
fn names_argument(group: &Group, wanted: &str) -> bool {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let mut pairs = tokens.windows(2);
    pairs.any(|pair| matches!(pair, [TokenTree::Ident(name), next] if word::is(name, wanted) && is_punct(next, '=')))
}

/// Whether a word between these tokens is a variable: not a field or method, not part of a path, not the name of a
/// field's value or of a macro's argument.
fn is_variable(before: &[TokenTree], after: &[TokenTree]) -> bool {
    let named_before = match before {
        [.., dot, last] if is_punct(last, '.') => !is_punct(dot, '.'), // a range is no field
        [last] => is_punct(last, '.'),
        [.., last] => {
            is_punct(last, ':') && before.len() >= 2 && is_punct(&before[before.len() - 2], ':')
        }
        [] => false,
    };
    let named_after = match after {
        [colon, ..] if is_punct(colon, ':') => true,
        [first, second, ..] => is_punct(first, '=') && !is_punct(second, '='),
        _ => false,
    };
    !named_before && !named_after
}

/// How many tokens after this one belong to a scope with a `self` of its own, or with none: inner items, `use`,
/// `pub(self)`.
fn length_of_other_scope(token: &TokenTree, after: &[TokenTree]) -> usize {
    let TokenTree::Ident(word) = token else {
        return 0;
    };
    let through = |is_last: &dyn Fn(&TokenTree) -> bool| {
        let last = after.iter().position(is_last);
        last.map_or(after.len(), |last| last + 1)
    };
    match word.to_string().as_str() {
        "impl" | "trait" => through(&|token| is_group(token, Delimiter::Brace)),
        "use" => through(&|token| is_punct(token, ';')),
        "pub"
            if after
                .first()
                .is_some_and(|token| is_group(token, Delimiter::Parenthesis)) =>
        {
            1
        }
        _ => 0,
    }
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// Whether a format string captures a variable: `{self}`, `{self:?}`, `{x:self$}`, but not `{{self}}`.
fn formats(text: &str, word: &str) -> bool {
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(escaped) = rest.strip_prefix('{') {
            rest = escaped;
            continue;
        }
        let hole = rest.split('}').next().unwrap_or_default();
        let (name, format) = hole.split_once(':').unwrap_or((hole, ""));
        let mut widths = format.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
        if name.trim() == word || widths.any(|width| width.strip_suffix('$') == Some(word)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> bool {
        let tokens: TokenStream = code.parse().expect("the sample is Rust");
        use_of_self(&tokens).is_some()
    }

    #[test]
    fn words_and_macros_and_format_strings() {
        for code in [
            "self.path.clone()",
            "Self::remove(self)",
            "move || self.path.len()",
            "println!(\"{}\", self.name)",
            "vec![(1, [self.name])]",
            "println!(\"{self}\")",
            "println!(\"{{{self:?}\")",
            "println!(\"{path:>self$}\")",
            "println!(r#\"{self :?}\"#)",
            "{ let f = |x| x + self.y; f(1) }",
            "self",
        ] {
            assert!(found(code), "{code}");
        }
    }

    #[test]
    fn variables() {
        let found = |code: &str| {
            let tokens: TokenStream = code.parse().expect("the sample is Rust");
            use_of_variable(&tokens, &Ident::new("name", Span::call_site())).is_some()
        };
        for code in [
            "name",
            "drop(name.clone())",
            "println!(\"{name}\")",
            "println!(\"{}\", name)",
            "File { name }",
            "File { path: name }",
            "for i in 0..name {}",
            "if a == name {}",
            "r#name.len()",
            "r#println!(\"{name}\")",
            "if name == a {}",
            "let x = (name)",
            "File { path: &name }",
        ] {
            assert!(found(code), "{code}");
        }
        for code in [
            "file.name",
            "name::get()",
            "paths::name()",
            "File { name: path }",
            "println!(\"{name}\", name = 3)",
            "matches!(file, Some(name) if name == 3)",
            "println!(\"name\")",
            "println!(\"{name}\", r#name = 3)",
            "r#given!(name)",
            "given!(name)",
            "f(name = 3)",
        ] {
            assert!(!found(code), "{code}");
        }
    }

    #[test]
    fn variables_with_raw_names() {
        let tokens: TokenStream = "println!(\"{type}\")".parse().expect("the sample is Rust");
        let name = Ident::new_raw("type", Span::call_site());
        assert!(use_of_variable(&tokens, &name).is_some());
        let tokens: TokenStream = "r#impl + name".parse().expect("the sample is Rust");
        assert!(use_of_variable(&tokens, &Ident::new("name", Span::call_site())).is_some());
    }

    #[test]
    fn other_meanings_of_the_word() {
        for code in [
            "self::paths::remove(path)",
            "println!(\"{{self}} {myself} {selfish:?}\")",
            "remove(\"{self}\")",
            "{ struct A(u8); impl A { fn get(&self) -> u8 { self.0 } } A(1).get() }",
            "{ trait A { fn get(&self) -> u8 { self.len() } } 1 }",
            "{ use self::paths::{self, remove}; remove(path) }",
            "{ pub(self) struct A; A }",
            "Self::remove(path)",
        ] {
            assert!(!found(code), "{code}");
        }
    }
}
