//! `#[finalizer]`, declared finalizers and `#[derive(FinalizerSafe)]`.

use ::core::marker::PhantomData;
use ::std::string::String;

/// Names that the macros may meet, none of them what it looks like.
#[expect(dead_code, reason = "only a macro could use them, and must not")]
mod hostile {
    pub(super) struct Option;
    pub(super) struct Result;
    pub(super) struct Some;
    pub(super) struct Box;
    pub(super) struct Construction;
    pub(super) struct FinalizerKey;
    pub(super) trait FinalizerSafe {}
    pub(super) trait FnOnce {}
    pub(super) trait Sized {}
    pub(super) const fn attach() {}
    pub(super) mod weakref {}
    pub(super) mod core {}
    pub(super) mod std {}
}
#[expect(unused_imports, reason = "only a macro could use them, and must not")]
use hostile::{
    Box, Construction, FinalizerKey, FinalizerSafe, Option, Result, Sized, Some, attach, core, std,
    weakref,
};

#[derive(Debug, ::renamed::WeakReferenceable)]
#[weakref(crate = ::renamed, finalizer = close, finalizer = r#try)]
struct File<T: ::core::clone::Clone + ::core::marker::Send> {
    name: T,
}

impl<T: ::core::clone::Clone + ::core::marker::Send + 'static> File<T> {
    #[::renamed::finalizer(crate = ::renamed)]
    fn close(&self) -> impl ::core::ops::FnOnce() -> T {
        let name = ::core::clone::Clone::clone(&self.name);
        move || name
    }

    /// A name that is no plain identifier, not run at exit.
    #[::renamed::finalizer(crate = ::renamed, at_exit = false, key = ATTEMPT)]
    fn r#try(&self) -> impl ::core::ops::FnOnce() {
        || {}
    }

    /// Not attached, and not used.
    #[allow(dead_code, reason = "that is the case")]
    #[::renamed::finalizer(crate = ::renamed)]
    fn unused(&self) -> impl ::core::ops::FnOnce() {
        || {}
    }

    #[cfg(any())]
    #[::renamed::finalizer(crate = ::renamed)]
    fn never(&self) -> impl ::core::ops::FnOnce() {
        || {}
    }

    #[::renamed::finalizer(crate = ::renamed)]
    #[cfg(any())]
    fn never(&self) -> impl ::core::ops::FnOnce() {
        || {}
    }
}

use ::renamed as close;

/// The finalizer has the name of the crate.
#[derive(Debug, ::renamed::WeakReferenceable)]
#[weakref(crate = close, finalizer = close)]
struct Lid;

impl Lid {
    #[::renamed::finalizer(crate = ::renamed)]
    fn close(&self) -> impl ::core::ops::FnOnce() -> u8 {
        || 2
    }
}

#[::renamed::finalizer(crate = ::renamed)]
fn length(name: String, _of: PhantomData<u8>) -> usize {
    name.len()
}

#[derive(Debug, ::renamed::FinalizerSafe)]
#[weakref(crate = ::renamed)]
struct Job<'a, T> {
    name: &'a str,
    what: T,
    more: ::core::option::Option<::std::boxed::Box<Self>>,
}

const fn is_safe<T: ::renamed::FinalizerSafe>() {}

#[test]
fn finalizers_work() {
    let file = ::renamed::Strong::new(File { name: 3_u8 });
    let close = ::renamed::Finalizer::of(&file, File::<u8>::CLOSE).unwrap();
    let attempt = ::renamed::Finalizer::of(&file, File::<u8>::ATTEMPT).unwrap();
    ::core::assert!(close.at_exit() && !attempt.at_exit());
    let arguments = (::core::convert::From::from("abc"), PhantomData);
    let measure = ::renamed::finalize_with(&file, |(name, of)| length(name, of), arguments);
    ::core::assert_eq!(measure.call(), ::core::option::Option::Some(3));
    ::core::assert_eq!(close.call(), ::core::option::Option::Some(3));
    ::core::mem::drop(file);
    ::core::assert!(!attempt.is_alive());
}

#[test]
fn a_finalizer_may_be_named_as_the_crate() {
    let lid = ::renamed::Strong::new(Lid);
    let shut = ::renamed::Finalizer::of(&lid, Lid::CLOSE).unwrap();
    ::core::assert_eq!(shut.call(), ::core::option::Option::Some(2));
}

#[test]
fn jobs_are_safe() {
    is_safe::<Job<'static, u8>>();
    let job = Job {
        name: "job",
        what: 1_u8,
        more: ::core::option::Option::None,
    };
    ::core::assert_eq!((job.name, job.what, job.more.is_none()), ("job", 1, true));
}
