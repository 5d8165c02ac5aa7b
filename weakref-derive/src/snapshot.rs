//! Expansions as a person reads them: mistakes first, by their messages, then formatted code.

use expect_test::Expect;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::{ParseStream, Parser as _};
use syn::{File, ImplItem, Item, LitStr};

/// Compares what a macro wrote with the expectation. `UPDATE_EXPECT=1` rewrites expectations.
#[track_caller]
pub(crate) fn check(output: TokenStream, expected: &Expect) {
    let mut file: File = syn::parse2(output).expect("a macro writes items");
    let mut text = String::new();
    file.items.retain(|item| {
        let Some(message) = message_of(item) else {
            return true;
        };
        text.push_str("error: ");
        text.push_str(&message);
        text.push('\n');
        false
    });
    text.push_str(&prettyplease::unparse(&file));
    expected.assert_eq(&text);
}

/// The same for a macro that writes items of an `impl`.
#[track_caller]
pub(crate) fn check_in_impl(output: TokenStream, expected: &Expect) {
    let mut mistakes = TokenStream::new();
    let mut items = Vec::new();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            items.push(input.parse::<ImplItem>()?);
        }
        Ok(())
    };
    parser.parse2(output).expect("the macro writes items");
    items.retain(|item| {
        let ImplItem::Macro(item) = item else {
            return true;
        };
        mistakes.extend(item.to_token_stream());
        false
    });
    check(quote!(#mistakes impl X { #(#items)* }), expected);
}

fn message_of(item: &Item) -> Option<String> {
    let Item::Macro(item) = item else { return None };
    if !item.mac.path.segments.last()?.ident.eq("compile_error") {
        return None;
    }
    let message: LitStr = item.mac.parse_body().ok()?;
    Some(message.value())
}

/// The messages alone, for mistakes whose expansion is like others'.
#[track_caller]
pub(crate) fn check_messages(output: TokenStream, expected: &Expect) {
    let mut text = String::new();
    messages(output, &mut text);
    expected.assert_eq(&text);
}

/// Writes what each `compile_error!("…")` says, a line for each, however deep it stands.
fn messages(tokens: TokenStream, text: &mut String) {
    let mut is_mistake = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) if is_mistake => {
                let message: LitStr = syn::parse2(group.stream()).expect("it says something");
                text.push_str(&message.value());
                text.push('\n');
                is_mistake = false;
            }
            TokenTree::Group(group) => messages(group.stream(), text),
            TokenTree::Ident(word) => is_mistake = word == "compile_error",
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
