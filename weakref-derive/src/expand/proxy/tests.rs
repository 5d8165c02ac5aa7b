use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use crate::snapshot;

mod forms;
mod mistakes;

#[track_caller]
fn check(arguments: TokenStream, item: TokenStream, expected: &Expect) {
    snapshot::check(super::attribute(arguments, item), expected);
}

#[test]
fn a_trait() {
    check(
        quote!(),
        quote! {
            /// Hears of events.
            pub trait Listener<'e, E: Clone = u8>: Send + Into<Self::Answer>
            where
                E: 'e,
            {
                type Answer;
                #[cfg(unix)]
                const COUNT: usize;
                fn notify<X>(&self, event: &'e E, (mut a, b): (X, X)) -> Self::Answer;
                #[proxy(dead = 0)]
                fn count(&self) -> usize;
                #[proxy(dead = first)]
                fn choose(&self, first: E, second: E) -> E;
                #[proxy(skip)]
                fn by_value(self) {}
            }
        },
        &expect![[r#"
            /// Hears of events.
            pub trait Listener<'e, E: Clone = u8>: Send + Into<Self::Answer>
            where
                E: 'e,
            {
                type Answer;
                #[cfg(unix)]
                const COUNT: usize;
                fn notify<X>(&self, event: &'e E, (mut a, b): (X, X)) -> Self::Answer;
                fn count(&self) -> usize;
                fn choose(&self, first: E, second: E) -> E;
                fn by_value(self) {}
            }
            const _: () = {
                #[automatically_derived]
                impl<'e, __P: ?::core::marker::Sized, __R, E: Clone> Listener<'e, E>
                for ::weakref::Proxy<__P, __R>
                where
                    __P: Listener<'e, E> + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                    Self: Send,
                    Self: Into<<__P as Listener<'e, E>>::Answer>,
                    E: 'e,
                {
                    type Answer = <__P as Listener<'e, E>>::Answer;
                    #[cfg(unix)]
                    const COUNT: usize = <__P as Listener<'e, E>>::COUNT;
                    #[track_caller]
                    fn notify<X>(&self, event: &'e E, argument1: (X, X)) -> Self::Answer {
                        match ::weakref::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                let __result = <__P as Listener<
                                    'e,
                                    E,
                                >>::notify::<X>(&*__strong, event, argument1);
                                ::weakref::__private::drop_first(__strong, __result)
                            }
                            ::core::result::Result::Err(__error) => {
                                ::weakref::__private::dead(__error)
                            }
                        }
                    }
                    #[track_caller]
                    fn count(&self) -> usize {
                        match ::weakref::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                let __result = <__P as Listener<'e, E>>::count(&*__strong);
                                ::weakref::__private::drop_first(__strong, __result)
                            }
                            ::core::result::Result::Err(_) => 0,
                        }
                    }
                    #[track_caller]
                    fn choose(&self, first: E, second: E) -> E {
                        match ::weakref::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                let __result = <__P as Listener<
                                    'e,
                                    E,
                                >>::choose(&*__strong, first, second);
                                ::weakref::__private::drop_first(__strong, __result)
                            }
                            ::core::result::Result::Err(_) => {
                                match ::weakref::__private::drop_first((second,), ()) {
                                    () => first,
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
fn a_method_without_result() {
    check(
        quote!(),
        quote! {
            trait Leaver {
                fn leave(&self) -> !;
            }
        },
        &expect![[r#"
            trait Leaver {
                fn leave(&self) -> !;
            }
            const _: () = {
                #[automatically_derived]
                impl<__P: ?::core::marker::Sized, __R> Leaver for ::weakref::Proxy<__P, __R>
                where
                    __P: Leaver + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                {
                    #[track_caller]
                    fn leave(&self) -> ! {
                        match ::weakref::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                <__P as Leaver>::leave(&*__strong)
                            }
                            ::core::result::Result::Err(__error) => {
                                ::weakref::__private::dead(__error)
                            }
                        }
                    }
                }
            };
        "#]],
    );
}

#[test]
fn errors_of_a_trait() {
    check(
        quote!(dead = error, crate = weak),
        quote! {
            trait Store {
                fn read(&self) -> io::Result<u8>;
                fn size(&self) -> u8;
                async fn load(&self) -> Result<u8, Failure>;
                fn later(&self) -> impl Future<Output = u8> + Send;
                #[proxy(skip)]
                unsafe fn raw(&self) {}
            }
        },
        &expect![[r#"
            trait Store {
                fn read(&self) -> io::Result<u8>;
                fn size(&self) -> u8;
                async fn load(&self) -> Result<u8, Failure>;
                fn later(&self) -> impl Future<Output = u8> + Send;
                unsafe fn raw(&self) {}
            }
            const _: () = {
                #[automatically_derived]
                impl<__P: ?::core::marker::Sized, __R> Store for weak::Proxy<__P, __R>
                where
                    __P: Store + weak::WeakReferenceable,
                    __R: weak::WeakReference<Referent = __P>,
                    weak::Strong<__P>: ::core::marker::Send,
                {
                    #[track_caller]
                    fn read(&self) -> io::Result<u8> {
                        match weak::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                let __result = <__P as Store>::read(&*__strong);
                                weak::__private::drop_first(__strong, __result)
                            }
                            ::core::result::Result::Err(__error) => {
                                ::core::result::Result::Err(::core::convert::From::from(__error))
                            }
                        }
                    }
                    #[track_caller]
                    fn size(&self) -> u8 {
                        match weak::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                let __result = <__P as Store>::size(&*__strong);
                                weak::__private::drop_first(__strong, __result)
                            }
                            ::core::result::Result::Err(__error) => weak::__private::dead(__error),
                        }
                    }
                    #[track_caller]
                    fn load(&self) -> impl ::core::future::Future<Output = Result<u8, Failure>> {
                        let __object = weak::Proxy::get(self);
                        async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    let __result = <__P as Store>::load(&*__strong).await;
                                    weak::__private::drop_first(__strong, __result)
                                }
                                ::core::result::Result::Err(__error) => {
                                    ::core::result::Result::Err(::core::convert::From::from(__error))
                                }
                            }
                        }
                    }
                    #[track_caller]
                    fn later(&self) -> impl Future<Output = u8> + Send {
                        let __object = weak::Proxy::get(self);
                        async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    let __result = <__P as Store>::later(&*__strong).await;
                                    weak::__private::drop_first(__strong, __result)
                                }
                                ::core::result::Result::Err(__error) => {
                                    weak::__private::dead(__error)
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
fn an_impl() {
    check(
        quote!(pub trait ImageProxy),
        quote! {
            impl<T: Copy> Image<T> {
                pub fn new(pixel: T) -> Self { Self(pixel) }
                /// The size.
                pub const fn size(self: &Self) -> usize { 1 }
                pub async fn load(&self, from: &Self) -> T { self.0 }
                pub(crate) fn of_the_crate(&self) {}
                fn private(&self) {}
                #[proxy(skip)]
                pub fn reset(&mut self) {}
            }
        },
        &expect![[r#"
            impl<T: Copy> Image<T> {
                pub fn new(pixel: T) -> Self {
                    Self(pixel)
                }
                /// The size.
                pub const fn size(self: &Self) -> usize {
                    1
                }
                pub async fn load(&self, from: &Self) -> T {
                    self.0
                }
                pub(crate) fn of_the_crate(&self) {}
                fn private(&self) {}
                pub fn reset(&mut self) {}
            }
            ///What a proxy of a [`Image`] forwards.
            pub trait ImageProxy<T: Copy> {
                /// The size.
                fn size(&self) -> ::core::result::Result<usize, ::weakref::ReferenceError>;
                fn load(
                    &self,
                    from: &Image<T>,
                ) -> impl ::core::future::Future<
                    Output = ::core::result::Result<T, ::weakref::ReferenceError>,
                >;
            }
            const _: () = {
                #[automatically_derived]
                impl<__R, T: Copy> ImageProxy<T> for ::weakref::Proxy<Image<T>, __R>
                where
                    Image<T>: ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = Image<T>>,
                {
                    fn size(&self) -> ::core::result::Result<usize, ::weakref::ReferenceError> {
                        match ::weakref::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                ::core::result::Result::Ok({
                                    let __result = <Image<T>>::size(&*__strong);
                                    ::weakref::__private::drop_first(__strong, __result)
                                })
                            }
                            ::core::result::Result::Err(__error) => {
                                ::core::result::Result::Err(__error)
                            }
                        }
                    }
                    fn load(
                        &self,
                        from: &Image<T>,
                    ) -> impl ::core::future::Future<
                        Output = ::core::result::Result<T, ::weakref::ReferenceError>,
                    > {
                        let __object = ::weakref::Proxy::get(self);
                        async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    ::core::result::Result::Ok({
                                        let __result = <Image<T>>::load(&*__strong, from).await;
                                        ::weakref::__private::drop_first(__strong, __result)
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
fn all_mistakes_are_reported_at_once() {
    check(
        quote!(unknown, dead),
        quote! {
            trait Hard {
                #[proxy(dead = 1)]
                type Associated;
                fn exclusive(&mut self);
                fn by_value(self: Box<Self>) {}
                fn borrowed(&self) -> &str;
                fn same(&self, other: &Self) -> bool;
                #[proxy(skip)]
                fn without_body(&mut self);
                #[proxy]
                fn empty(&self);
                #[proxy(local)]
                fn unknown(&self);
            }
        },
        &expect![[r#"
            error: unknown key `unknown`; the keys here are `dead = value`, `dead = error` and `crate = path`
            error: `dead` needs a value; write `dead = Default::default()`
            error: `#[proxy]` says nothing here; remove it, or name a key, as in `#[proxy(skip)]`
            error: unknown key `local`; the keys here are `dead = value`, `dead = error`, `default` and `skip`
            error: `#[proxy]` has no meaning on an associated type; remove it, or put it on a method
            error: a proxy only has `&self` of its object, which others share; take `&self` and keep what changes in a cell or lock, or give the method a body and `#[proxy(skip)]`
            error: a proxy cannot give its object away, which others share; take `&self`, or keep the trait's own body with `#[proxy(skip)]`
            error: a proxy cannot return what is borrowed from its object, which may die right after the call; return an owned value, or give the method a body and `#[proxy(skip)]`
            error: `Self` is the proxy here and another type in the object's method; use an associated type, or give the method a body and `#[proxy(skip)]`
            error: `without_body` has no body that a proxy could keep; give it one in the trait
            trait Hard {
                type Associated;
                fn exclusive(&mut self);
                fn by_value(self: Box<Self>) {}
                fn borrowed(&self) -> &str;
                fn same(&self, other: &Self) -> bool;
                fn without_body(&mut self);
                fn empty(&self);
                fn unknown(&self);
            }
            const _: () = {
                #[automatically_derived]
                impl<__P: ?::core::marker::Sized, __R> Hard for ::weakref::Proxy<__P, __R>
                where
                    __P: Hard + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                {
                    type Associated = <__P as Hard>::Associated;
                    #[track_caller]
                    fn exclusive(&mut self) {
                        loop {}
                    }
                    #[track_caller]
                    fn by_value(self: Box<Self>) {
                        loop {}
                    }
                    #[track_caller]
                    fn borrowed(&self) -> &str {
                        loop {}
                    }
                    #[track_caller]
                    fn same(&self, other: &Self) -> bool {
                        loop {}
                    }
                    #[track_caller]
                    fn without_body(&mut self) {
                        loop {}
                    }
                    #[track_caller]
                    fn empty(&self) {
                        loop {}
                    }
                    #[track_caller]
                    fn unknown(&self) {
                        loop {}
                    }
                }
            };
        "#]],
    );
}
