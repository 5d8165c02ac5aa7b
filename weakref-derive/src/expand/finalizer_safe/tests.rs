use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use crate::snapshot;

#[track_caller]
fn check(input: TokenStream, expected: &Expect) {
    snapshot::check(super::derive(input), expected);
}

#[test]
fn generic_struct() {
    check(
        quote! {
            #[weakref(crate = weak, local)]
            struct Job<'a, T: Clone, const N: usize> {
                path: Cow<'a, str>,
                extra: [T; N],
                next: Option<Box<Self>>,
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<'a, T: Clone, const N: usize> weak::FinalizerSafe for Job<'a, T, N>
                where
                    'a: 'static,
                    T: weak::FinalizerSafe,
                {}
                trait __Fields {
                    fn __fields();
                }
                #[automatically_derived]
                impl<'a, T: Clone, const N: usize> __Fields for Job<'a, T, N>
                where
                    'a: 'static,
                    T: weak::FinalizerSafe,
                {
                    fn __fields() {
                        const fn __owns_no_strong<T: ?::core::marker::Sized + weak::FinalizerSafe>() {}
                        __owns_no_strong::<Cow<'a, str>>();
                        __owns_no_strong::<[T; N]>();
                        __owns_no_strong::<Option<Box<Self>>>();
                    }
                }
            };
        "#]],
    );
}

#[test]
fn enumeration() {
    check(
        quote! {
            #[allow(deprecated, reason = "kept")]
            enum Job { Nothing, One(PathBuf), Two { left: u8 } }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl ::weakref::FinalizerSafe for Job {}
                trait __Fields {
                    fn __fields();
                }
                #[automatically_derived]
                #[allow(deprecated, reason = "kept")]
                impl __Fields for Job {
                    fn __fields() {
                        const fn __owns_no_strong<
                            T: ?::core::marker::Sized + ::weakref::FinalizerSafe,
                        >() {}
                        __owns_no_strong::<PathBuf>();
                        __owns_no_strong::<u8>();
                    }
                }
            };
        "#]],
    );
}

#[test]
fn nothing_to_own() {
    check(
        quote! { struct Marker; },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl ::weakref::FinalizerSafe for Marker {}
            };
        "#]],
    );
}

#[test]
fn union_type() {
    check(
        quote! { union Bits { gray: u8 } },
        &expect![[r#"
            error: what a union owns is not known; wrap the value in `AssertFinalizerSafe`, or implement `FinalizerSafe` by hand
            const _: () = {
                #[automatically_derived]
                impl ::weakref::FinalizerSafe for Bits {}
            };
        "#]],
    );
}
