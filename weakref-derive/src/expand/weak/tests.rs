use expect_test::{Expect, expect};
use proc_macro2::{Delimiter, Group, TokenStream};
use quote::{ToTokens as _, quote};

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
                let __weak0 = ::weakref::__private::capture(&a);
                let __weak1 = ::weakref::__private::capture(&c.d);
                move |x: u8| -> u8 {
                    {
                        let (::core::option::Option::Some(a), ::core::option::Option::Some(b)) = (
                            ::weakref::WeakRef::upgrade(&__weak0),
                            ::weakref::WeakRef::upgrade(&__weak1),
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
                let __weak0 = weak::__private::capture(&self);
                move |_| {
                    let (::core::option::Option::Some(this),) = (weak::WeakRef::upgrade(&__weak0),)
                    else {
                        return weak::__private::nothing();
                    };
                    this.redraw()
                }
            };
        "#]],
    );
}

#[track_caller]
fn refused(input: TokenStream, expected: &Expect) {
    snapshot::check_messages(super::expression(input), expected);
}

/// Whether it uses an object or not: nobody but a future needs it.
#[test]
fn futures_that_are_returned() {
    let future = Group::new(Delimiter::None, quote!(async {}));
    let bodies = [
        quote!(async {}),
        quote!({
            f();
            async {}
        }),
        quote!((async {})),
        future.into_token_stream(),
        quote!({
            async {};
            1
        }),
    ];
    let outputs = bodies.map(|body| super::expression(quote!(::weakref; [a], move || #body)));
    snapshot::check_messages(
        outputs.into_iter().collect(),
        &expect![[r#"
        a future would hold the object across every await, which is no weak capture; capture a `WeakRef` and upgrade it in the future, between two awaits
        a future would hold the object across every await, which is no weak capture; capture a `WeakRef` and upgrade it in the future, between two awaits
        a future would hold the object across every await, which is no weak capture; capture a `WeakRef` and upgrade it in the future, between two awaits
        a future would hold the object across every await, which is no weak capture; capture a `WeakRef` and upgrade it in the future, between two awaits
    "#]],
    );
}

#[test]
fn futures_within_closures() {
    refused(
        quote!(::weakref; [a], move || { let f = move || async move { a.f().await }; g(f) }),
        &expect![[r#"
            a future would hold the object across every await, which is no weak capture; capture a `WeakRef` and upgrade it in the future, between two awaits
        "#]],
    );
}

#[test]
fn parameters_within_patterns() {
    refused(
        quote!(::weakref; [a], move |b @ Some(a)| a.f(b)),
        &expect![[r#"
            the captured `a` would hide this parameter; rename one of the two
        "#]],
    );
}

#[test]
fn captures_without_names() {
    refused(
        quote!(::weakref; [a == b, self, self = c, c.d], move || ()),
        &expect![[r#"
            this needs a name in the closure; give it one, as in `[name = expression]`
            `self` in the closure would be the whole capture; give it a name, as in `[this = self]`
            this needs a name in the closure; give it one, as in `[name = expression]`
            this needs a name in the closure; give it one, as in `[name = expression]`
        "#]],
    );
}

#[test]
fn values_in_parentheses_where_they_must_be_and_bodies_with_labels() {
    check(
        quote!(::weakref; [a = b + c, d = e as F], move || 'g: { break 'g a.f(d) }),
        &expect![[r#"
            const X: () = {
                let __weak0 = ::weakref::__private::capture(&(b + c));
                let __weak1 = ::weakref::__private::capture(&(e as F));
                move || {
                    let (::core::option::Option::Some(a), ::core::option::Option::Some(d)) = (
                        ::weakref::WeakRef::upgrade(&__weak0),
                        ::weakref::WeakRef::upgrade(&__weak1),
                    ) else {
                        return ::weakref::__private::nothing();
                    };
                    'g: { break 'g a.f(d) }
                }
            };
        "#]],
    );
}
