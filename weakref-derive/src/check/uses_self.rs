//! Finds `self` in the tokens of a closure, wherever a macro may hide it. It reads tokens and not syntax, because the
//! arguments of macros have none.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Lit;

/// The first use of the method's `self`: as a word, in nested closures and the arguments of macros too, or in a format
/// string, as in `"{self}"`. Not `self` in the path of a module, and not that of an inner `impl`.
pub(super) fn use_of_self(tokens: &impl ToTokens) -> Option<Span> {
    Scan { in_macro: false }.stream(tokens.to_token_stream())
}

#[derive(Clone, Copy)]
struct Scan {
    /// In the arguments of a macro, where a string may be a format string.
    in_macro: bool,
}

impl Scan {
    fn stream(self, tokens: TokenStream) -> Option<Span> {
        let mut tokens = tokens.into_iter().peekable();
        let mut after_bang = false;
        while let Some(token) = tokens.next() {
            let bang = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '!');
            let found = match &token {
                TokenTree::Ident(word) if word == "self" => {
                    let in_path = matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
                    (!in_path).then(|| word.span())
                }
                // Inner items have a `self` of their own, or none; `use` and `pub(self)` mean the module.
                TokenTree::Ident(word) if word == "impl" || word == "trait" => {
                    skip_through(&mut tokens, |token| is_group(token, Delimiter::Brace));
                    None
                }
                TokenTree::Ident(word) if word == "use" => {
                    skip_through(
                        &mut tokens,
                        |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'),
                    );
                    None
                }
                TokenTree::Ident(word) if word == "pub" => {
                    tokens.next_if(|token| is_group(token, Delimiter::Parenthesis));
                    None
                }
                TokenTree::Group(group) => {
                    let in_macro = self.in_macro || after_bang;
                    Self { in_macro }.stream(group.stream())
                }
                TokenTree::Literal(literal) if self.in_macro => match Lit::new(literal.clone()) {
                    Lit::Str(text) if formats_self(&text.value()) => Some(text.span()),
                    _ => None,
                },
                _ => None,
            };
            if found.is_some() {
                return found;
            }
            after_bang = bang;
        }
        None
    }
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

fn skip_through(
    tokens: &mut impl Iterator<Item = TokenTree>,
    is_last: impl Fn(&TokenTree) -> bool,
) {
    for token in tokens {
        if is_last(&token) {
            return;
        }
    }
}

/// Whether a format string captures `self`: `{self}`, `{self:?}`, `{x:self$}`, but not `{{self}}`.
fn formats_self(text: &str) -> bool {
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(escaped) = rest.strip_prefix('{') {
            rest = escaped;
            continue;
        }
        let hole = rest.split('}').next().unwrap_or_default();
        let (name, format) = hole.split_once(':').unwrap_or((hole, ""));
        if name.trim() == "self"
            || format
                .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
                .any(|word| word == "self$")
        {
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
