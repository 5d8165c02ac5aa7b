use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use crate::snapshot;

#[track_caller]
fn check(input: TokenStream, expected: &Expect) {
    let output = super::expression(input);
    snapshot::check(quote!(const X: () = #output;), expected);
}

#[test]
fn two_captures_and_a_value() {
    check(
        quote!(::weakref; [a, b = c.d] else 0, move |x: u8| -> u8 { a.f(x) + b.g() }),
        &expect![[r#"
            const X: () = {
                let weak0 = ::weakref::__private::capture(&a);
                let weak1 = ::weakref::__private::capture(&c.d);
                move |x: u8| -> u8 {
                    {
                        let (::core::option::Option::Some(a), ::core::option::Option::Some(b)) = (
                            ::weakref::WeakRef::upgrade(&weak0),
                            ::weakref::WeakRef::upgrade(&weak1),
                        ) else {
                            return 0;
                        };
                        a.f(x) + b.g()
                    }
                }
            };
        "#]],
    );
}

#[test]
fn without_a_value() {
    check(
        quote!(weak; [this = self], move |_| this.redraw()),
        &expect![[r#"
            const X: () = {
                let weak0 = weak::__private::capture(&self);
                move |_| {
                    let (::core::option::Option::Some(this),) = (weak::WeakRef::upgrade(&weak0),)
                    else {
                        return weak::__private::nothing();
                    };
                    this.redraw()
                }
            };
        "#]],
    );
}
