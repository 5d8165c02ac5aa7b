//! Forms of methods and bounds. Of a trait only its implementation is shown.

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};

use super::check;
use crate::snapshot;

#[track_caller]
fn implemented(item: TokenStream, expected: &Expect) {
    let output = super::super::attribute(TokenStream::new(), item);
    let items: syn::File = syn::parse2(output).expect("a macro writes items");
    let implementation = items.items.last().expect("behind the trait");
    snapshot::check(implementation.to_token_stream(), expected);
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "most of them are written by the macro"
)]
fn futures_of_every_form() {
    implemented(
        quote! {
            trait Load {
                fn boxed<'a>(&'a self) -> Pin<Box<dyn Future<Output = u8> + 'a>>;
                fn alias(&self) -> BoxFuture<'_, u8>;
                fn local(&self) -> LocalBoxFuture<'_, u8>;
                fn alone(&self) -> Pin<Box<dyn Future<Output = u8>>>;
                fn shared(&self) -> impl Future<Output = u8> + Send
                where
                    Self: Send + Sync;
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<__P: ?::core::marker::Sized, __R> Load for ::weakref::Proxy<__P, __R>
                where
                    __P: Load + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                    ::weakref::Strong<__P>: ::core::marker::Send,
                    __P: ::core::marker::Send + ::core::marker::Sync,
                {
                    #[track_caller]
                    fn boxed<'a>(&'a self) -> Pin<Box<dyn Future<Output = u8> + 'a>> {
                        let __object = ::weakref::Proxy::get(self);
                        ::weakref::__private::Box::pin(async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    let __result = <__P as Load>::boxed(&*__strong).await;
                                    ::weakref::__private::drop_first(__strong, __result)
                                }
                                ::core::result::Result::Err(__error) => {
                                    ::weakref::__private::dead(__error)
                                }
                            }
                        })
                    }
                    #[track_caller]
                    fn alias(&self) -> BoxFuture<'_, u8> {
                        let __object = ::weakref::Proxy::get(self);
                        ::weakref::__private::Box::pin(async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    let __result = <__P as Load>::alias(&*__strong).await;
                                    ::weakref::__private::drop_first(__strong, __result)
                                }
                                ::core::result::Result::Err(__error) => {
                                    ::weakref::__private::dead(__error)
                                }
                            }
                        })
                    }
                    #[track_caller]
                    fn local(&self) -> LocalBoxFuture<'_, u8> {
                        let __object = ::weakref::Proxy::get(self);
                        ::weakref::__private::Box::pin(async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    let __result = <__P as Load>::local(&*__strong).await;
                                    ::weakref::__private::drop_first(__strong, __result)
                                }
                                ::core::result::Result::Err(__error) => {
                                    ::weakref::__private::dead(__error)
                                }
                            }
                        })
                    }
                    #[track_caller]
                    fn alone(&self) -> Pin<Box<dyn Future<Output = u8>>> {
                        match ::weakref::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                let __result = <__P as Load>::alone(&*__strong);
                                ::weakref::__private::drop_first(__strong, __result)
                            }
                            ::core::result::Result::Err(__error) => {
                                ::weakref::__private::dead(__error)
                            }
                        }
                    }
                    #[track_caller]
                    fn shared(&self) -> impl Future<Output = u8> + Send
                    where
                        Self: Send + Sync,
                    {
                        let __object = ::weakref::Proxy::get(self);
                        async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    let __result = <__P as Load>::shared(&*__strong).await;
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

#[test]
fn a_future_that_is_sent_asks_for_it() {
    implemented(
        quote! {
            trait Load {
                fn load(&self) -> BoxFuture<'_, u8>;
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<__P: ?::core::marker::Sized, __R> Load for ::weakref::Proxy<__P, __R>
                where
                    __P: Load + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                    ::weakref::Strong<__P>: ::core::marker::Send,
                {
                    #[track_caller]
                    fn load(&self) -> BoxFuture<'_, u8> {
                        let __object = ::weakref::Proxy::get(self);
                        ::weakref::__private::Box::pin(async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    let __result = <__P as Load>::load(&*__strong).await;
                                    ::weakref::__private::drop_first(__strong, __result)
                                }
                                ::core::result::Result::Err(__error) => {
                                    ::weakref::__private::dead(__error)
                                }
                            }
                        })
                    }
                }
            };
        "#]],
    );
    implemented(
        quote! {
            trait Load {
                fn load(&self) -> LocalBoxFuture<'_, u8>;
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<__P: ?::core::marker::Sized, __R> Load for ::weakref::Proxy<__P, __R>
                where
                    __P: Load + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                {
                    #[track_caller]
                    fn load(&self) -> LocalBoxFuture<'_, u8> {
                        let __object = ::weakref::Proxy::get(self);
                        ::weakref::__private::Box::pin(async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    let __result = <__P as Load>::load(&*__strong).await;
                                    ::weakref::__private::drop_first(__strong, __result)
                                }
                                ::core::result::Result::Err(__error) => {
                                    ::weakref::__private::dead(__error)
                                }
                            }
                        })
                    }
                }
            };
        "#]],
    );
}

#[test]
fn a_future_that_is_sent_of_a_method_with_a_body() {
    implemented(
        quote! {
            trait Load {
                fn load(&self) -> impl Future<Output = u8> + Send
                where
                    Self: Sync,
                {
                    async { 0 }
                }
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<__P: ?::core::marker::Sized, __R> Load for ::weakref::Proxy<__P, __R>
                where
                    __P: Load + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                    ::weakref::Strong<__P>: ::core::marker::Send,
                    __P: ::core::marker::Send + ::core::marker::Sync,
                {
                    #[track_caller]
                    fn load(&self) -> impl Future<Output = u8> + Send
                    where
                        Self: Sync,
                    {
                        let __object = ::weakref::Proxy::get(self);
                        async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    let __result = <__P as Load>::load(&*__strong).await;
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

#[test]
fn futures_in_boxes_of_an_impl() {
    check(
        quote!(trait Load),
        quote! {
            impl File {
                pub fn boxed<'a>(&'a self) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>> {
                    Box::pin(async { 0 })
                }
                pub fn alias(&self) -> BoxFuture<'_, u8> {
                    Box::pin(async { 0 })
                }
            }
        },
        &expect![[r#"
            impl File {
                pub fn boxed<'a>(&'a self) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>> {
                    Box::pin(async { 0 })
                }
                pub fn alias(&self) -> BoxFuture<'_, u8> {
                    Box::pin(async { 0 })
                }
            }
            ///What a proxy of a [`File`] forwards.
            trait Load {
                fn boxed<'a>(
                    &'a self,
                ) -> Pin<
                    Box<
                        dyn Future<
                            Output = ::core::result::Result<u8, ::weakref::ReferenceError>,
                        > + Send + 'a,
                    >,
                >;
                fn alias(
                    &self,
                ) -> BoxFuture<'_, ::core::result::Result<u8, ::weakref::ReferenceError>>;
            }
            const _: () = {
                #[automatically_derived]
                impl<__R> Load for ::weakref::Proxy<File, __R>
                where
                    File: ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = File>,
                {
                    fn boxed<'a>(
                        &'a self,
                    ) -> Pin<
                        Box<
                            dyn Future<
                                Output = ::core::result::Result<u8, ::weakref::ReferenceError>,
                            > + Send + 'a,
                        >,
                    > {
                        let __object = ::weakref::Proxy::get(self);
                        ::weakref::__private::Box::pin(async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    ::core::result::Result::Ok({
                                        let __result = <File>::boxed(&*__strong).await;
                                        ::weakref::__private::drop_first(__strong, __result)
                                    })
                                }
                                ::core::result::Result::Err(__error) => {
                                    ::core::result::Result::Err(__error)
                                }
                            }
                        })
                    }
                    fn alias(
                        &self,
                    ) -> BoxFuture<'_, ::core::result::Result<u8, ::weakref::ReferenceError>> {
                        let __object = ::weakref::Proxy::get(self);
                        ::weakref::__private::Box::pin(async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    ::core::result::Result::Ok({
                                        let __result = <File>::alias(&*__strong).await;
                                        ::weakref::__private::drop_first(__strong, __result)
                                    })
                                }
                                ::core::result::Result::Err(__error) => {
                                    ::core::result::Result::Err(__error)
                                }
                            }
                        })
                    }
                }
            };
        "#]],
    );
}

#[test]
fn futures_without_names_and_the_type_itself_of_an_impl() {
    check(
        quote!(trait Load),
        quote! {
            impl File {
                pub fn opaque(&self) -> impl Future<Output = Self> + Send + use<'_> {
                    async { 0 }
                }
                pub fn own(&self, item: Self::Item, other: Vec<Self>) {}
            }
        },
        &expect![[r#"
            impl File {
                pub fn opaque(&self) -> impl Future<Output = Self> + Send + use<'_> {
                    async { 0 }
                }
                pub fn own(&self, item: Self::Item, other: Vec<Self>) {}
            }
            ///What a proxy of a [`File`] forwards.
            trait Load {
                fn opaque(
                    &self,
                ) -> impl ::core::future::Future<
                    Output = ::core::result::Result<File, ::weakref::ReferenceError>,
                > + Send;
                fn own(
                    &self,
                    item: <File>::Item,
                    other: Vec<File>,
                ) -> ::core::result::Result<(), ::weakref::ReferenceError>;
            }
            const _: () = {
                #[automatically_derived]
                impl<__R> Load for ::weakref::Proxy<File, __R>
                where
                    File: ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = File>,
                {
                    fn opaque(
                        &self,
                    ) -> impl ::core::future::Future<
                        Output = ::core::result::Result<File, ::weakref::ReferenceError>,
                    > + Send {
                        let __object = ::weakref::Proxy::get(self);
                        async move {
                            match __object {
                                ::core::result::Result::Ok(__strong) => {
                                    ::core::result::Result::Ok({
                                        let __result = <File>::opaque(&*__strong).await;
                                        ::weakref::__private::drop_first(__strong, __result)
                                    })
                                }
                                ::core::result::Result::Err(__error) => {
                                    ::core::result::Result::Err(__error)
                                }
                            }
                        }
                    }
                    fn own(
                        &self,
                        item: <File>::Item,
                        other: Vec<File>,
                    ) -> ::core::result::Result<(), ::weakref::ReferenceError> {
                        match ::weakref::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                ::core::result::Result::Ok({
                                    let __result = <File>::own(&*__strong, item, other);
                                    ::weakref::__private::drop_first(__strong, __result)
                                })
                            }
                            ::core::result::Result::Err(__error) => {
                                ::core::result::Result::Err(__error)
                            }
                        }
                    }
                }
            };
        "#]],
    );
}

#[test]
fn bounds_that_name_types_of_the_trait_and_of_others() {
    implemented(
        quote! {
            trait Queue<E: Other>: ?Sized + Iterator + Into<E::Answer> + From<Self::Item>
            where
                Self::Item: Clone,
                (Self::Answer, u8): Copy,
                Vec<Self>: Sized,
            {
                type Answer where Self: Sized;
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<__P, __R, E: Other> Queue<E> for ::weakref::Proxy<__P, __R>
                where
                    __P: Queue<E> + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                    Self: Iterator,
                    Self: Into<E::Answer>,
                    Self: From<Self::Item>,
                    __P::Item: Clone,
                    Self::Item: Clone,
                    (<__P as Queue<E>>::Answer, u8): Copy,
                    Vec<Self>: Sized,
                {
                    type Answer = <__P as Queue<E>>::Answer where Self: Sized;
                }
            };
        "#]],
    );
}

#[test]
fn methods_with_bodies_and_attributes() {
    implemented(
        quote! {
            trait Kept {
                fn forwarded(&self, whole @ (first, last): (u8, u8), #[allow(unused, reason = "so it says")] next: u8) {}
                #[proxy(default)]
                fn kept(&self) {}
                fn sized(&self) where Self: Sized {}
                #[deprecated]
                fn old(&self);
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<__P: ?::core::marker::Sized, __R> Kept for ::weakref::Proxy<__P, __R>
                where
                    __P: Kept + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                {
                    #[track_caller]
                    fn forwarded(&self, argument0: (u8, u8), next: u8) {
                        match ::weakref::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                let __result = <__P as Kept>::forwarded(&*__strong, argument0, next);
                                ::weakref::__private::drop_first(__strong, __result)
                            }
                            ::core::result::Result::Err(__error) => {
                                ::weakref::__private::dead(__error)
                            }
                        }
                    }
                    #[allow(deprecated, reason = "it is forwarded, not used")]
                    #[track_caller]
                    fn old(&self) {
                        match ::weakref::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                let __result = <__P as Kept>::old(&*__strong);
                                ::weakref::__private::drop_first(__strong, __result)
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
fn behind_another_macro() {
    check(
        quote!(dead = 0, crate = weak),
        quote! {
            #[other]
            #[async_trait::async_trait(?Send)]
            trait Load {
                async fn load(&self) -> u8;
            }
        },
        &expect![[r#"
            #[other]
            #[async_trait::async_trait(?Send)]
            #[weak::proxy(dead = 0, crate = weak)]
            trait Load {
                async fn load(&self) -> u8;
            }
        "#]],
    );
}

#[test]
fn raw_names_are_the_same() {
    implemented(
        quote! {
            trait Load: Hold<Self::r#Answer> {
                type Answer;
                #[r#cfg(any())]
                #[cfg_attr(feature = "a", must_use, cfg(b), r#cfg_attr(true, cfg(c), doc(hidden)))]
                #[cfg_attr(unix, must_use)]
                #[r#deprecated]
                #[proxy(dead = r#x)]
                fn load(&self, x: u8) -> u8;
                fn later(&self) -> impl r#Future<r#Output = u8> + r#Send;
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<__P: ?::core::marker::Sized, __R> Load for ::weakref::Proxy<__P, __R>
                where
                    __P: Load + ::weakref::WeakReferenceable,
                    __R: ::weakref::WeakReference<Referent = __P>,
                    ::weakref::Strong<__P>: ::core::marker::Send,
                    Self: Hold<<__P as Load>::r#Answer>,
                {
                    type Answer = <__P as Load>::Answer;
                    #[r#cfg(any())]
                    #[cfg_attr(feature = "a", cfg(b), r#cfg_attr(true, cfg(c)))]
                    #[allow(deprecated, reason = "it is forwarded, not used")]
                    #[track_caller]
                    fn load(&self, x: u8) -> u8 {
                        match ::weakref::Proxy::get(self) {
                            ::core::result::Result::Ok(__strong) => {
                                let __result = <__P as Load>::load(&*__strong, x);
                                ::weakref::__private::drop_first(__strong, __result)
                            }
                            ::core::result::Result::Err(_) => r#x,
                        }
                    }
                    #[track_caller]
                    fn later(&self) -> impl r#Future<r#Output = u8> + r#Send {
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
