use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use crate::snapshot;

#[track_caller]
fn check(arguments: TokenStream, item: TokenStream, expected: &Expect) {
    snapshot::check_in_impl(super::attribute(arguments, item), expected);
}

#[test]
fn method() {
    check(
        quote!(),
        quote! {
            /// Removes it.
            #[cfg(unix)]
            pub fn remove_tree(&self) -> impl FnOnce() -> io::Result<()> {
                let path = self.path.clone();
                move || fs::remove_dir_all(path)
            }
        },
        &expect![[r#"
            impl X {
                /// Removes it.
                #[cfg(unix)]
                pub fn remove_tree(
                    &self,
                ) -> impl ::weakref::__private::Detached<
                    <Self as ::weakref::WeakReferenceable>::Slot,
                > + '_ + FnOnce() -> io::Result<()> {
                    let path = self.path.clone();
                    move || fs::remove_dir_all(path)
                }
                #[cfg(unix)]
                ///Finds the finalizer [`remove_tree`](Self::remove_tree) of an object.
                pub const REMOVE_TREE: ::weakref::FinalizerKey<Self, io::Result<()>> = ::weakref::FinalizerKey::new(
                    "remove_tree",
                );
                #[cfg(unix)]
                #[doc(hidden)]
                pub(crate) fn attach_finalizer_remove_tree_by_weakref_attribute(
                    __construction: &::weakref::Construction<Self>,
                    __value: &Self,
                ) {
                    ::weakref::__private::attach(
                        __construction,
                        Self::REMOVE_TREE,
                        true,
                        Self::remove_tree(__value),
                    );
                }
            }
        "#]],
    );
}

#[test]
fn a_method_that_has_no_use_for_its_object() {
    check(
        quote!(),
        quote! { fn close(&self) -> impl FnOnce() { || () } },
        &expect![[r#"
            impl X {
                fn close(
                    &self,
                ) -> impl ::weakref::__private::Detached<
                    <Self as ::weakref::WeakReferenceable>::Slot,
                > + '_ + FnOnce() {
                    let _ = self;
                    || ()
                }
                ///Finds the finalizer [`close`](Self::close) of an object.
                const CLOSE: ::weakref::FinalizerKey<Self, ()> = ::weakref::FinalizerKey::new(
                    "close",
                );
                #[doc(hidden)]
                fn attach_finalizer_close_by_weakref_attribute(
                    __construction: &::weakref::Construction<Self>,
                    __value: &Self,
                ) {
                    ::weakref::__private::attach(
                        __construction,
                        Self::CLOSE,
                        true,
                        Self::close(__value),
                    );
                }
            }
        "#]],
    );
}

#[test]
fn method_with_options_bounds_and_a_raw_name() {
    check(
        quote!(at_exit = false, key = CLOSE_KEY, crate = crate::deps::weak),
        quote! {
            fn r#try<'a>(self: &'a Self) -> impl FnOnce() + Send where T: Clone {
                #![allow(unused, reason = "so it says")]
                || ()
            }
        },
        &expect![[r#"
            impl X {
                fn r#try<'a>(
                    self: &'a Self,
                ) -> impl crate::deps::weak::__private::Detached<
                    <Self as crate::deps::weak::WeakReferenceable>::Slot,
                > + 'a + FnOnce() + Send
                where
                    T: Clone,
                {
                    #![allow(unused, reason = "so it says")]
                    let _ = self;
                    || ()
                }
                ///Finds the finalizer [`try`](Self::try) of an object.
                const CLOSE_KEY: crate::deps::weak::FinalizerKey<Self, ()> = crate::deps::weak::FinalizerKey::new(
                    "try",
                );
                #[allow(unused, reason = "so it says")]
                #[doc(hidden)]
                fn attach_finalizer_try_by_weakref_attribute(
                    __construction: &crate::deps::weak::Construction<Self>,
                    __value: &Self,
                )
                where
                    T: Clone,
                {
                    crate::deps::weak::__private::attach(
                        __construction,
                        Self::CLOSE_KEY,
                        false,
                        Self::r#try(__value),
                    );
                }
            }
        "#]],
    );
}

#[test]
fn function() {
    check(
        quote!(),
        quote! {
            pub(crate) const fn remove<T: FinalizerSafe>(path: PathBuf, (a, b): (u8, &'static T)) -> u8 {
                a
            }
        },
        &expect![[r#"
            impl X {
                pub(crate) const fn remove<T: FinalizerSafe>(
                    path: PathBuf,
                    (a, b): (u8, &'static T),
                ) -> u8 {
                    const fn __owns_no_strong<T: ?::core::marker::Sized + ::weakref::FinalizerSafe>() {}
                    __owns_no_strong::<PathBuf>();
                    __owns_no_strong::<(u8, &'static T)>();
                    {
                        const _: () = ();
                        a
                    }
                }
            }
        "#]],
    );
}

#[test]
fn function_without_parameters() {
    check(
        quote!(),
        quote! { fn log() {} },
        &expect![[r#"
            impl X {
                fn log() {
                    {
                        const _: () = ();
                    }
                }
            }
        "#]],
    );
}

#[test]
fn inert_method() {
    check(
        quote!(),
        quote! {
            fn close(&self) -> impl FnOnce() -> io::Result<()> {
                move || self.file.close()
            }
        },
        &expect![[r#"
            error: the action of a finalizer cannot use `self`, because it runs when the object is gone; copy what the action needs into a local before the closure
            impl X {
                fn close(&self) -> impl ::core::ops::FnOnce() -> io::Result<()> {
                    || -> io::Result<()> { loop {} }
                }
                ///Finds the finalizer [`close`](Self::close) of an object.
                const CLOSE: ::weakref::FinalizerKey<Self, io::Result<()>> = ::weakref::FinalizerKey::new(
                    "close",
                );
                #[doc(hidden)]
                fn attach_finalizer_close_by_weakref_attribute<C, V>(_: C, _: V) {}
            }
        "#]],
    );
}

#[test]
fn all_mistakes_of_a_method_at_once() {
    check(
        quote!(exit, at_exit = 1, key, at_exit = true, at_exit = true),
        quote! {
            async unsafe fn CLOSE<T>(&mut self, force: bool) -> impl FnOnce() -> &str {
                if force {
                    return move || self.name;
                }
                println!("closing");
                move || format!("{self}")
            }
        },
        &expect![[r#"
            error: unknown key `exit`; the keys here are `at_exit = bool`, `key = CONSTANT_NAME` and `crate = path`
            error: `at_exit` takes `true` or `false`; write `at_exit = false`
            error: `key` needs a value; write `key = CONSTANT_NAME`
            error: `at_exit` is given twice; remove one of the two
            error: a finalizer cannot be `async`, because a death awaits nothing; spawn the future in the action
            error: a finalizer cannot be `unsafe`, because nobody vouches for the call; put the unsafe block inside
            error: a finalizer cannot change its object, which others may hold; take `&self`
            error: a finalizer method takes nothing but `&self`; store what it needs in the object
            error: a finalizer method cannot be generic, because nobody chooses the argument; move the parameter to the `impl`
            error: the result of a finalizer cannot borrow, because the object is gone by then; return owned data
            error: the action of a finalizer cannot use `self`, because it runs when the object is gone; copy what the action needs into a local before the closure
            error: the action of a finalizer cannot use `self`, because it runs when the object is gone; copy what the action needs into a local before the closure
            error: `CLOSE` cannot name the method and the key of its finalizer; name the key, as in `#[finalizer(key = CLOSE_KEY)]`
            impl X {
                async unsafe fn CLOSE<T>(&self, _: bool) -> impl ::core::ops::FnOnce() {
                    || { loop {} }
                }
                #[doc(hidden)]
                fn attach_finalizer_CLOSE_by_weakref_attribute<C, V>(_: C, _: V) {}
            }
        "#]],
    );
}

#[test]
fn all_mistakes_of_a_function_at_once() {
    check(
        quote!(at_exit = false, key = KEY),
        quote! {
            async fn close(this: &Self, that: Self, name: Option<&str>, job: impl Job, other: Cow<'_, str>) {}
        },
        &expect![[r#"
            error: a finalizer cannot be `async`, because a death awaits nothing; spawn the future in the action
            error: `at_exit` is for methods; on a function, use the handle that `finalize_with` returns
            error: `key` is for methods; on a function, use the handle that `finalize_with` returns
            error: a finalizer cannot be given its object, or it would never run; take what the action needs, or a `WeakRef`
            error: a finalizer cannot be given its object, or it would never run; take what the action needs, or a `WeakRef`
            error: a parameter of a finalizer cannot borrow, because it is kept until the object is gone; take owned data
            error: a parameter of a finalizer needs a type with a name; write `T` and `<T: FinalizerSafe>`
            error: a parameter of a finalizer cannot borrow, because it is kept until the object is gone; take owned data
            impl X {
                async fn close(
                    this: &Self,
                    that: Self,
                    name: Option<&str>,
                    job: impl Job,
                    other: Cow<'_, str>,
                ) {}
            }
        "#]],
    );
}

#[test]
fn a_method_that_does_the_work_itself() {
    check(
        quote!(),
        quote! { fn close(&self) -> io::Result<()> { self.file.close() } },
        &expect![[r#"
            error: a finalizer method returns the action to run after the object is gone; return `impl FnOnce() -> R` and move the work into a closure
            impl X {
                fn close(&self) -> io::Result<()> {
                    loop {}
                }
                ///Finds the finalizer [`close`](Self::close) of an object.
                const CLOSE: ::weakref::FinalizerKey<Self, ()> = ::weakref::FinalizerKey::new(
                    "close",
                );
                #[doc(hidden)]
                fn attach_finalizer_close_by_weakref_attribute<C, V>(_: C, _: V) {}
            }
        "#]],
    );
    check(
        quote!(),
        quote! { fn close(&self) { self.file.close() } },
        &expect![[r#"
            error: a finalizer method returns the action to run after the object is gone; return `impl FnOnce() -> R` and move the work into a closure
            impl X {
                fn close(&self) {
                    loop {}
                }
                ///Finds the finalizer [`close`](Self::close) of an object.
                const CLOSE: ::weakref::FinalizerKey<Self, ()> = ::weakref::FinalizerKey::new(
                    "close",
                );
                #[doc(hidden)]
                fn attach_finalizer_close_by_weakref_attribute<C, V>(_: C, _: V) {}
            }
        "#]],
    );
}

#[test]
fn what_else_is_refused() {
    let mistakes = [
        super::attribute(
            quote!(crate = a, crate = b),
            quote!(
                fn remove(path: PathBuf, same: (Self)) {}
            ),
        ),
        super::attribute(
            quote!(),
            quote!(
                fn remove(self: &Arc<Self>) -> impl FnOnce() {
                    || ()
                }
            ),
        ),
    ];
    snapshot::check_messages(
        mistakes.into_iter().collect(),
        &expect![[r#"
        `crate` is given twice; remove one of the two
        a finalizer cannot be given its object, or it would never run; take what the action needs, or a `WeakRef`
        a finalizer must not own its object, or it would never run; take `&self` and copy what the action needs
    "#]],
    );
}

#[test]
fn an_inert_method_changes_nothing() {
    check(
        quote!(),
        quote!(
            fn remove(mut self) -> impl FnOnce() {
                || ()
            }
        ),
        &expect![[r#"
            error: a finalizer must not own its object, or it would never run; take `&self` and copy what the action needs
            impl X {
                fn remove(&self) -> impl ::core::ops::FnOnce() {
                    || { loop {} }
                }
                ///Finds the finalizer [`remove`](Self::remove) of an object.
                const REMOVE: ::weakref::FinalizerKey<Self, ()> = ::weakref::FinalizerKey::new(
                    "remove",
                );
                #[doc(hidden)]
                fn attach_finalizer_remove_by_weakref_attribute<C, V>(_: C, _: V) {}
            }
        "#]],
    );
}

#[test]
fn a_function_that_returns_a_closure_and_a_method_with_a_lifetime() {
    check(
        quote!(),
        quote!(
            fn remove(path: PathBuf) -> impl FnOnce() {
                || ()
            }
        ),
        &expect![[r#"
            impl X {
                fn remove(path: PathBuf) -> impl FnOnce() {
                    const fn __owns_no_strong<T: ?::core::marker::Sized + ::weakref::FinalizerSafe>() {}
                    __owns_no_strong::<PathBuf>();
                    {
                        const _: () = ();
                        || ()
                    }
                }
            }
        "#]],
    );
    check(
        quote!(),
        quote! {
            #[expect(unused, reason = "so it says")]
            fn remove<'a>(&'a self) -> impl FnOnce() {
                || ()
            }
        },
        &expect![[r#"
            impl X {
                #[expect(unused, reason = "so it says")]
                fn remove<'a>(
                    &'a self,
                ) -> impl ::weakref::__private::Detached<
                    <Self as ::weakref::WeakReferenceable>::Slot,
                > + 'a + FnOnce() {
                    let _ = self;
                    || ()
                }
                ///Finds the finalizer [`remove`](Self::remove) of an object.
                const REMOVE: ::weakref::FinalizerKey<Self, ()> = ::weakref::FinalizerKey::new(
                    "remove",
                );
                #[allow(unused, reason = "so it says")]
                #[doc(hidden)]
                fn attach_finalizer_remove_by_weakref_attribute(
                    __construction: &::weakref::Construction<Self>,
                    __value: &Self,
                ) {
                    ::weakref::__private::attach(
                        __construction,
                        Self::REMOVE,
                        true,
                        Self::remove(__value),
                    );
                }
            }
        "#]],
    );
}
