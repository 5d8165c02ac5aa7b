//! What is refused, and what is written beside it.

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use super::check;
use crate::snapshot;

#[track_caller]
fn refused(arguments: TokenStream, item: TokenStream, expected: &Expect) {
    let output = super::super::attribute(arguments, item);
    snapshot::check_messages(output, expected);
}

#[test]
fn mistakes_in_further_attributes_of_a_trait() {
    refused(
        quote!(dead = 0, dead = 1, crate = a, crate = b, dead = c d),
        quote! {
            #[proxy]
            #[weakref::proxy(first)]
            #[weakref::proxies(second)]
            #[other::proxy(third)]
            trait Named {
                #[weakref::proxy(fourth)]
                #[proxy::of(fifth)]
                fn name(&self) -> String;
                #[proxy(dead = 0, dead = 1)]
                fn count(&self) -> u8;
                #[proxy(skip = 1, skip)]
                fn length(&self) -> u8 {
                    0
                }
            }
        },
        &expect![[r#"
            `dead` is given twice; remove one of the two
            `crate` is given twice; remove one of the two
            `dead` takes an expression, or the word `error`; write `dead = Default::default()`
            expected attribute arguments in parentheses: #[proxy(...)]
            unknown key `first`; the keys here are `dead = value`, `dead = error` and `crate = path`
            unknown key `fourth`; the keys here are `dead = value`, `dead = error`, `default` and `skip`
            `dead` is given twice; remove one of the two
            `skip` takes no value; write `skip` alone
            `skip` is given twice; remove one of the two
        "#]],
    );
}

#[test]
fn mistakes_of_an_impl() {
    check(
        quote!(trait Named, crate = a, crate = b, key),
        quote! {
            impl File {
                #[proxy(skip)]
                const LENGTH: u8 = 0;
                #[proxy(skip)]
                type Name = String;
                #[proxy(default)]
                pub fn name(&self) -> String {
                    String::new()
                }
                pub async fn load(&self) -> u8 {
                    0
                }
            }
        },
        &expect![[r#"
            error: `crate` is given twice; remove one of the two
            error: unknown key `key`; the keys here are `crate = path`, behind the trait
            error: unknown key `default`; the keys here are `skip`, since a dead object is an `Err` here
            error: `#[proxy]` has no meaning on a constant; remove it, or put it on a method
            error: `#[proxy]` has no meaning on an associated type; remove it, or put it on a method
            impl File {
                const LENGTH: u8 = 0;
                type Name = String;
                pub fn name(&self) -> String {
                    String::new()
                }
                pub async fn load(&self) -> u8 {
                    0
                }
            }
            ///What a proxy of a [`File`] forwards.
            trait Named {
                fn name(&self) -> ::core::result::Result<String, a::ReferenceError>;
                fn load(
                    &self,
                ) -> impl ::core::future::Future<
                    Output = ::core::result::Result<u8, a::ReferenceError>,
                >;
            }
            const _: () = {
                #[automatically_derived]
                impl<__R> Named for a::Proxy<File, __R>
                where
                    File: a::WeakReferenceable,
                    __R: a::WeakReference<Referent = File>,
                {
                    fn name(&self) -> ::core::result::Result<String, a::ReferenceError> {
                        loop {}
                    }
                    fn load(
                        &self,
                    ) -> impl ::core::future::Future<
                        Output = ::core::result::Result<u8, a::ReferenceError>,
                    > {
                        let __object = a::Proxy::get(self);
                        async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    ::core::result::Result::Ok({
                                        let __result = <File>::load(&*__strong).await;
                                        a::__private::drop_first(__strong, __result)
                                    })
                                }
                                ::core::result::Result::Err(__error) => {
                                    ::core::result::Result::Err(__error)
                                }
                            }
                        }
                    }
                }
            };
        "#]],
    );
}

#[test]
fn an_impl_with_a_result_that_has_no_name() {
    check(
        quote!(trait Named),
        quote! {
            impl File {
                pub fn name(&self) -> impl Display {
                    0
                }
            }
        },
        &expect![[r#"
            error: a proxy can forward an `impl Trait` result only if it is a future with its `Output`; return a named type or a `Box<dyn Trait>`, or leave it out with `#[proxy(skip)]`
            impl File {
                pub fn name(&self) -> impl Display {
                    0
                }
            }
        "#]],
    );
}

#[test]
fn words_that_mean_the_proxy_or_the_object() {
    refused(
        quote!(),
        quote! {
            trait Same {
                fn in_parentheses(&self, other: (Self, u8));
                fn before_punctuation(&self, others: Vec<Self>);
                fn result(&self) -> Self;
                fn bound<T: Into<Self>>(&self, from: T);
                fn predicate<T>(&self, from: T) where T: Into<Self>;
                fn of_the_trait(&self, item: Self::Item, same: <Self as Same>::Item);
            }
        },
        &expect![[r#"
            `Self` is the proxy here and another type in the object's method; use an associated type, or give the method a body and `#[proxy(skip)]`
            `Self` is the proxy here and another type in the object's method; use an associated type, or give the method a body and `#[proxy(skip)]`
            `Self` is the proxy here and another type in the object's method; use an associated type, or give the method a body and `#[proxy(skip)]`
            `Self` is the proxy here and another type in the object's method; use an associated type, or give the method a body and `#[proxy(skip)]`
            `Self` is the proxy here and another type in the object's method; use an associated type, or give the method a body and `#[proxy(skip)]`
        "#]],
    );
}

#[test]
fn results_that_borrow_and_bounds_on_the_proxy() {
    refused(
        quote!(),
        quote! {
            trait Borrow {
                fn of_nobody(text: &str) -> &str;
                fn of_a_typed_receiver<'a>(self: &'a Self) -> Text<'a>;
                fn inside_an_option(&self) -> Option<Box<dyn Future<Output = u8> + '_>>;
                fn of_ever(&self) -> BoxFuture<'static, u8>;
                fn bounds(&self) where Self: Clone + 'static;
                fn lifetime(&self) where Self: 'static;
                fn sent(&self) -> impl Future<Output = u8> + Send where Self: Clone;
                fn of_another<T>(&self, value: T) where T: Clone;
                fn other_trait(&self) -> impl Service<Output = u8>;
                fn other_name(&self) -> impl Future<Item = u8>;
            }
        },
        &expect![[r#"
            a proxy cannot return what is borrowed from its object, which may die right after the call; return an owned value, or give the method a body and `#[proxy(skip)]`
            a proxy cannot return what is borrowed from its object, which may die right after the call; return an owned value, or give the method a body and `#[proxy(skip)]`
            this bound may hold for the proxy and not for its object; make it a supertrait, or give the method a body and `#[proxy(skip)]`
            this bound may hold for the proxy and not for its object; make it a supertrait, or give the method a body and `#[proxy(skip)]`
            a proxy can forward an `impl Trait` result only if it is a future with its `Output`; return a named type or a `Box<dyn Trait>`, or give the method a body and `#[proxy(skip)]`
            a proxy can forward an `impl Trait` result only if it is a future with its `Output`; return a named type or a `Box<dyn Trait>`, or give the method a body and `#[proxy(skip)]`
        "#]],
    );
}

#[test]
fn further_attributes_are_taken_off() {
    check(
        quote!(),
        quote! {
            #[weakref::proxy(dead = 0)]
            #[must_use]
            trait Count {
                #[weakref::proxy(skip)]
                const LEAST: u8 = 0;
            }
        },
        &expect![[r#"
            error: `#[proxy]` has no meaning on a constant; remove it, or put it on a method
            #[must_use]
            trait Count {
                const LEAST: u8 = 0;
            }
            const _: () = {
                #[automatically_derived]
                impl<__P: ?::core::marker::Sized, __R> Count for ::weakref::Proxy<__P, __R>
                where
                    __P: Count + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                {
                    const LEAST: u8 = <__P as Count>::LEAST;
                }
            };
        "#]],
    );
}

#[test]
fn a_future_of_an_inert_trait() {
    check(
        quote!(key),
        quote! {
            trait Load {
                fn later(&self) -> impl Future<Output = u8>;
            }
        },
        &expect![[r#"
            error: unknown key `key`; the keys here are `dead = value`, `dead = error` and `crate = path`
            trait Load {
                fn later(&self) -> impl Future<Output = u8>;
            }
            const _: () = {
                #[automatically_derived]
                impl<__P: ?::core::marker::Sized, __R> Load for ::weakref::Proxy<__P, __R>
                where
                    __P: Load + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                {
                    #[track_caller]
                    fn later(&self) -> impl Future<Output = u8> {
                        let __object = ::weakref::Proxy::get(self);
                        async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    let __result = <__P as Load>::later(&*__strong).await;
                                    ::weakref::__private::drop_first(__strong, __result)
                                }
                                ::core::result::Result::Err(__error) => {
                                    ::weakref::__private::dead(__error)
                                }
                            }
                        }
                    }
                }
            };
        "#]],
    );
}
