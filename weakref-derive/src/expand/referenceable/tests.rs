use expect_test::{Expect, expect};
use proc_macro2::{Delimiter, Group, TokenStream};
use quote::quote;

use crate::snapshot;

#[track_caller]
fn check(input: TokenStream, expected: &Expect) {
    snapshot::check(super::derive(input), expected);
}

#[test]
fn plain_struct() {
    check(
        quote! { struct Image { name: String, pixels: Vec<u8> } },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl ::weakref::WeakReferenceable for Image {
                    type Slot = ::weakref::SyncSlot;
                    ::weakref::__private::visit_fields! {
                        unshared; Self { name : __0, pixels : __1 } => "name" __0 "pixels" __1;
                    }
                }
                ::weakref::__private::visit_nested! {
                    () (Image) ()
                }
            };
        "#]],
    );
}

#[test]
fn local_enum() {
    check(
        quote! {
            #[weakref(local)]
            enum Shape { Point, Circle(f64), Rect { w: f64, h: f64 } }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl ::weakref::WeakReferenceable for Shape {
                    type Slot = ::weakref::LocalSlot;
                    ::weakref::__private::visit_fields! {
                        unshared; Self::Point {} =>; Self::Circle { 0 : __0 } => "0" __0; Self::Rect
                        { w : __0, h : __1 } => "w" __0 "h" __1;
                    }
                }
                ::weakref::__private::visit_nested! {
                    () (Shape) ()
                }
            };
        "#]],
    );
}

#[test]
fn generics_with_bounds_defaults_and_attributes() {
    check(
        quote! {
            struct Table<#[serde(skip)] K: Ord + Clone, V = u8, const N: usize = 4>(K, [V; N]) where V: Default,;
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<K: Ord + Clone, V, const N: usize> ::weakref::WeakReferenceable
                for Table<K, V, N>
                where
                    V: Default,
                {
                    type Slot = ::weakref::SyncSlot;
                    ::weakref::__private::visit_fields! {
                        perhaps; Self { 0 : __0, 1 : __1 } => "0" __0 "1" __1;
                    }
                }
                ::weakref::__private::visit_nested! {
                    (< K : Ord + Clone, V, const N : usize >) (Table < K, V, N >) (where V : Default)
                }
            };
        "#]],
    );
}

#[test]
fn unsized_tail() {
    check(
        quote! { struct Tail<T: ?Sized> { len: usize, tail: T } },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<T: ?Sized> ::weakref::WeakReferenceable for Tail<T> {
                    type Slot = ::weakref::SyncSlot;
                    ::weakref::__private::visit_fields! {
                        perhaps; Self { len : __0, tail : __1 } => "len" __0 "tail" __1;
                    }
                }
                ::weakref::__private::visit_nested! {
                    (< T : ? Sized >) (Tail < T >) ()
                }
            };
        "#]],
    );
}

#[test]
fn renamed_crate() {
    check(
        quote! {
            #[weakref(crate = crate::deps::weak, local)]
            struct Unit;
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl crate::deps::weak::WeakReferenceable for Unit {
                    type Slot = crate::deps::weak::LocalSlot;
                    crate::deps::weak::__private::visit_fields! {
                        unshared; Self {} =>;
                    }
                }
                crate::deps::weak::__private::visit_nested! {
                    () (Unit) ()
                }
            };
        "#]],
    );
}

#[test]
fn declared_finalizers() {
    check(
        quote! {
            #[weakref(finalizer = close)]
            #[weakref(finalizer = r#try)]
            struct File<T>(T);
        },
        &expect![[r#"
            const _: () = {
                trait __Undeclared0<N> {
                    fn attach_finalizer_close_by_weakref_attribute<C, V>(_: C, _: V)
                    where
                        Self: ::weakref::__private::HasFinalizer<N>,
                    {}
                }
                impl<T: ?::core::marker::Sized, N> __Undeclared0<N> for T {}
                trait __Attach0<N>: ::weakref::WeakReferenceable + ::core::marker::Sized {
                    fn attach(__construction: &::weakref::Construction<Self>, __value: &Self)
                    where
                        Self: __Undeclared0<N>;
                }
                impl<T, close> __Attach0<close> for File<T>
                where
                    T: 'static,
                {
                    fn attach(__construction: &::weakref::Construction<Self>, __value: &Self)
                    where
                        Self: __Undeclared0<close>,
                    {
                        Self::attach_finalizer_close_by_weakref_attribute(__construction, __value);
                    }
                }
                trait __Undeclared1<N> {
                    fn attach_finalizer_try_by_weakref_attribute<C, V>(_: C, _: V)
                    where
                        Self: ::weakref::__private::HasFinalizer<N>,
                    {}
                }
                impl<T: ?::core::marker::Sized, N> __Undeclared1<N> for T {}
                trait __Attach1<N>: ::weakref::WeakReferenceable + ::core::marker::Sized {
                    fn attach(__construction: &::weakref::Construction<Self>, __value: &Self)
                    where
                        Self: __Undeclared1<N>;
                }
                impl<T, r#try> __Attach1<r#try> for File<T>
                where
                    T: 'static,
                {
                    fn attach(__construction: &::weakref::Construction<Self>, __value: &Self)
                    where
                        Self: __Undeclared1<r#try>,
                    {
                        Self::attach_finalizer_try_by_weakref_attribute(__construction, __value);
                    }
                }
                #[automatically_derived]
                impl<T> ::weakref::WeakReferenceable for File<T>
                where
                    T: 'static,
                {
                    type Slot = ::weakref::SyncSlot;
                    #[inline]
                    fn __has_finalizers(&self) -> ::core::primitive::bool {
                        true
                    }
                    fn __attach_finalizers(&self, __site: &::weakref::__private::Site<'_>) {
                        ::weakref::__private::Site::attach(
                            __site,
                            self,
                            |__construction, __value| {
                                <Self as __Attach0<()>>::attach(__construction, __value);
                                <Self as __Attach1<()>>::attach(__construction, __value);
                            },
                        );
                    }
                    ::weakref::__private::visit_fields! {
                        perhaps; Self { 0 : __0 } => "0" __0;
                    }
                }
                ::weakref::__private::visit_nested! {
                    (< T >) (File < T >) (where T : 'static)
                }
            };
        "#]],
    );
}

#[test]
fn all_mistakes_at_once_and_an_inert_impl() {
    check(
        quote! {
            #[weakref(locl, local = true, crate = "weakref", crate = a::Self, crate)]
            #[weakref(finalizer, finalizer = "close", finalizer = Self::close, finalizer = close, finalizer = close)]
            #[weakref]
            #[weakref()]
            #[weakref = "local"]
            #[weakref(local, local, local crate = weak, "local", crate = weak, crate = weak)]
            union Bits<'a, #[weakref(local)] T> where T: Copy {
                #[weakref(local)]
                bits: &'a T,
            }
        },
        &expect![[r#"
            error: unknown key `locl`; the keys here are `local`, `finalizer = method_name` and `crate = path`
            error: `local` takes no value; write `local` alone
            error: `crate` takes a path without quotes; write `crate = path::to::weakref`
            error: `crate` takes a path without quotes; write `crate = path::to::weakref`
            error: `crate` needs a value; write `crate = path::to::weakref`
            error: `finalizer` needs a value; write `finalizer = method_name`
            error: `finalizer` takes the plain name of a method; write `finalizer = method_name`
            error: `finalizer` takes the plain name of a method; write `finalizer = method_name`
            error: the finalizer `close` is attached twice; remove one of the two
            error: `#[weakref]` says nothing here; remove it, or name a key, as in `#[weakref(local)]`
            error: `#[weakref]` says nothing here; remove it, or name a key, as in `#[weakref(local)]`
            error: `#[weakref]` takes its keys in parentheses; write `#[weakref(key = value)]`
            error: `local` is given twice; remove one of the two
            error: `local` is given twice; remove one of the two
            error: expected a key; keys are plain words, as in `crate = path`
            error: `crate` is given twice; remove one of the two
            error: a union cannot be weak-referenceable; put it into a struct and derive there
            error: a weak-referenceable type cannot borrow for `'a`, because its death may come after that; own the data, or share it in an `Arc` or `Rc`
            error: `#[weakref]` has no meaning on a type parameter; put it above `Bits` itself
            error: `#[weakref]` has no meaning on a field; put it above `Bits` itself
            const _: () = {
                trait __Undeclared0<N> {
                    fn attach_finalizer_close_by_weakref_attribute<C, V>(_: C, _: V)
                    where
                        Self: weak::__private::HasFinalizer<N>,
                    {}
                }
                impl<T: ?::core::marker::Sized, N> __Undeclared0<N> for T {}
                trait __Attach0<N>: weak::WeakReferenceable + ::core::marker::Sized {
                    fn attach(__construction: &weak::Construction<Self>, __value: &Self)
                    where
                        Self: __Undeclared0<N>;
                }
                impl<'a, T, close> __Attach0<close> for Bits<'a, T>
                where
                    T: Copy,
                    'a: 'static,
                    T: 'static,
                {
                    fn attach(__construction: &weak::Construction<Self>, __value: &Self)
                    where
                        Self: __Undeclared0<close>,
                    {
                        Self::attach_finalizer_close_by_weakref_attribute(__construction, __value);
                    }
                }
                #[automatically_derived]
                impl<'a, T> weak::WeakReferenceable for Bits<'a, T>
                where
                    T: Copy,
                    'a: 'static,
                    T: 'static,
                {
                    type Slot = weak::LocalSlot;
                    #[inline]
                    fn __has_finalizers(&self) -> ::core::primitive::bool {
                        true
                    }
                    fn __attach_finalizers(&self, __site: &weak::__private::Site<'_>) {
                        weak::__private::Site::attach(
                            __site,
                            self,
                            |__construction, __value| {
                                <Self as __Attach0<()>>::attach(__construction, __value);
                            },
                        );
                    }
                }
            };
        "#]],
    );
}

#[test]
fn a_variant_and_its_fields_take_no_attribute() {
    check(
        quote! {
            enum Shape {
                #[weakref(local)]
                Circle(#[weakref(local)] f64),
            }
        },
        &expect![[r#"
            error: `#[weakref]` has no meaning on a variant; put it above `Shape` itself
            error: `#[weakref]` has no meaning on a field; put it above `Shape` itself
            const _: () = {
                #[automatically_derived]
                impl ::weakref::WeakReferenceable for Shape {
                    type Slot = ::weakref::SyncSlot;
                    ::weakref::__private::visit_fields! {
                        unshared; Self::Circle { 0 : __0 } => "0" __0;
                    }
                }
                ::weakref::__private::visit_nested! {
                    () (Shape) ()
                }
            };
        "#]],
    );
}

#[test]
fn what_is_not_a_type_is_a_syntax_error() {
    check(
        quote! { fn image() {} },
        &expect![[r#"
        error: expected one of: `struct`, `enum`, `union`
    "#]],
    );
}

/// Arguments that are the type's own parameters, or are made of none, lead to no larger type.
#[test]
fn a_type_that_grows_is_not_asked() {
    check(
        quote! {
            struct Pair<T: 'static, const N: usize> {
                pair: Option<&'static Pair<(T, T), N>>,
                path: Vec<Pair::<Vec<T>, N>>,
                count: &'static Pair<T, { N + 1 }>,
                itself: &'static Pair<Self, N>,
                function: &'static Pair<fn(u8) -> T, N>,
                same: Box<Pair<T, N>>,
                other: Option<Box<Pair<fn(u8) -> Vec<u8>, 3>>>,
                last: (Pair<u8, 3>, T),
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<T: 'static, const N: usize> ::weakref::WeakReferenceable for Pair<T, N> {
                    type Slot = ::weakref::SyncSlot;
                    ::weakref::__private::visit_fields! {
                        unasked; Self { pair : __0, path : __1, count : __2, itself : __3, function :
                        __4, same : __5, other : __6, last : __7 } => "pair" __0 endless "path" __1
                        endless "count" __2 endless "itself" __3 endless "function" __4 endless
                        "same" __5 "other" __6 "last" __7;
                    }
                }
                ::weakref::__private::visit_nested! {
                    (< T : 'static, const N : usize >) (Pair < T, N >) ()
                }
            };
        "#]],
    );
}

/// There is no reference to its fields.
#[test]
fn a_packed_struct_shows_no_fields() {
    check(
        quote! {
            #[repr(packed, C)]
            struct Packed {
                bits: u64,
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl ::weakref::WeakReferenceable for Packed {
                    type Slot = ::weakref::SyncSlot;
                }
            };
        "#]],
    );
    check(
        quote! {
            #[repr(C, align(16))]
            struct Aligned {
                bits: u64,
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl ::weakref::WeakReferenceable for Aligned {
                    type Slot = ::weakref::SyncSlot;
                    ::weakref::__private::visit_fields! {
                        unshared; Self { bits : __0 } => "bits" __0;
                    }
                }
                ::weakref::__private::visit_nested! {
                    () (Aligned) ()
                }
            };
        "#]],
    );
}

/// A `$ty:ty` of a `macro_rules!` has no parentheses.
#[test]
fn a_type_that_a_macro_was_given_grows_as_any_other() {
    let group = |tokens| Group::new(Delimiter::None, tokens);
    let (same, larger) = (group(quote!(T)), group(quote!(Vec<T>)));
    check(
        quote! {
            struct List<T> {
                same: Box<List<#same>>,
                larger: &'static List<#larger>,
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<T> ::weakref::WeakReferenceable for List<T> {
                    type Slot = ::weakref::SyncSlot;
                    ::weakref::__private::visit_fields! {
                        unasked; Self { same : __0, larger : __1 } => "same" __0 "larger" __1
                        endless;
                    }
                }
                ::weakref::__private::visit_nested! {
                    (< T >) (List < T >) ()
                }
            };
        "#]],
    );
}

#[test]
fn raw_names_are_the_same() {
    check(
        quote! {
            #[r#weakref(local, crate = weak)]
            struct r#List<T> {
                larger: &'static List<Vec<r#T>>,
                r#type: u8,
            }
        },
        &expect![[r#"
            const _: () = {
                #[automatically_derived]
                impl<T> weak::WeakReferenceable for r#List<T> {
                    type Slot = weak::LocalSlot;
                    weak::__private::visit_fields! {
                        unasked; Self { larger : __0, r#type : __1 } => "larger" __0 endless "type"
                        __1;
                    }
                }
                weak::__private::visit_nested! {
                    (< T >) (r#List < T >) ()
                }
            };
        "#]],
    );
}
