//! Expansions as a person reads them: mistakes first, by their messages, then formatted code.

use expect_test::Expect;
use proc_macro2::TokenStream;
use syn::{File, Item, LitStr};

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

fn message_of(item: &Item) -> Option<String> {
    let Item::Macro(item) = item else { return None };
    if !item.mac.path.segments.last()?.ident.eq("compile_error") {
        return None;
    }
    let message: LitStr = item.mac.parse_body().ok()?;
    Some(message.value())
}
