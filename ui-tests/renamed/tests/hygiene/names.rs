//! Every macro among types, traits and functions of the user's that are named as the primitive types, as all of std's
//! prelude, and as what the expansions name of weakref.

use ::core::prelude::v1::{derive, test};
use ::core::primitive::u16 as Number;

/// Names that the macros may meet, none of them what it looks like.
#[expect(dead_code, reason = "only a macro could use them, and must not")]
#[expect(non_camel_case_types, reason = "as the primitive types")]
mod hostile {
    macro_rules! types {
        ($($name:ident)*) => { $(pub(super) struct $name;)* };
    }
    macro_rules! traits {
        ($($name:ident)*) => { $(pub(super) trait $name {})* };
    }
    macro_rules! functions {
        ($($name:ident)*) => { $(pub(super) const fn $name() {})* };
    }
    macro_rules! modules {
        ($($name:ident)*) => { $(pub(super) mod $name {})* };
    }

    types! {
        bool char str i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64
        Option Some None Result Ok Err Box String Vec
        SyncSlot LocalSlot Strong WeakRef Proxy Finalizer FinalizerKey Construction Site ReferenceError
    }
    traits! {
        Send Sync Sized Copy Unpin Drop Clone Default Fn FnMut FnOnce AsyncFn AsyncFnMut AsyncFnOnce Future IntoFuture
        From Into TryFrom TryInto AsRef AsMut ToOwned ToString Iterator IntoIterator DoubleEndedIterator
        ExactSizeIterator Extend FromIterator PartialEq Eq PartialOrd Ord
        WeakReferenceable WeakReference FinalizerSafe MaybeSend Detached HasFinalizer Capture Handle Nothing
    }
    functions!(drop attach capture nothing dead coerce size_of align_of);
    modules!(weakref core std alloc);
}
#[expect(unused_imports, reason = "only a macro could use them, and must not")]
use hostile::*;

#[derive(::renamed::WeakReferenceable)]
#[weakref(crate = ::renamed, finalizer = close, finalizer = forget)]
struct File {
    number: Number,
}

impl File {
    #[::renamed::finalizer(crate = ::renamed)]
    fn close(&self) -> impl ::core::ops::FnOnce() -> Number {
        let number = self.number;
        move || number
    }

    #[::renamed::finalizer(crate = ::renamed, at_exit = false)]
    fn forget(&self) -> impl ::core::ops::FnOnce() {
        || ()
    }
}

#[::renamed::finalizer(crate = ::renamed)]
fn double(number: Number, _job: Job<()>) -> Number {
    number * 2
}

#[derive(::renamed::WeakReferenceable)]
#[weakref(crate = ::renamed, local)]
enum Node<T> {
    Leaf(T),
    Root,
}

#[derive(::renamed::FinalizerSafe)]
#[weakref(crate = ::renamed)]
struct Job<T> {
    what: T,
    of: ::renamed::WeakRef<File>,
}

#[::renamed::proxy(crate = ::renamed)]
trait Numbered: ::renamed::WeakReferenceable<Slot = ::renamed::SyncSlot> {
    #[proxy(dead = 7)]
    fn number(&self) -> Number;
    #[proxy(dead = error)]
    fn checked(&self) -> ::core::result::Result<Number, ::renamed::ReferenceError>;
}

#[::renamed::proxy(crate = ::renamed)]
trait Later {
    fn later(&self) -> impl ::core::future::Future<Output = Number> + ::core::marker::Send;
}

impl Later for File {
    fn later(&self) -> impl ::core::future::Future<Output = Number> + ::core::marker::Send {
        ::core::future::ready(self.number)
    }
}

impl Numbered for File {
    fn number(&self) -> Number {
        self.number
    }

    fn checked(&self) -> ::core::result::Result<Number, ::renamed::ReferenceError> {
        ::core::result::Result::Ok(self.number)
    }
}

#[::renamed::proxy(trait FileProxy, crate = ::renamed)]
impl File {
    pub(crate) const fn following(&self) -> Number {
        self.number + 1
    }

    pub(crate) async fn later_next(&self) -> Number {
        ::core::future::ready(self.number).await
    }
}

#[test]
fn finalizers_work() {
    let file = ::renamed::Strong::new(File { number: 3 });
    let close = ::renamed::Finalizer::of(&file, File::CLOSE).unwrap();
    let forget = ::renamed::Finalizer::of(&file, File::FORGET).unwrap();
    ::core::assert!(close.at_exit() && !forget.at_exit());
    let job = Job {
        what: (),
        of: ::renamed::Strong::downgrade(&file),
    };
    ::core::assert!(job.of.is_alive());
    let () = job.what;
    let doubled = ::renamed::finalize_with(&file, |(number, job)| double(number, job), (3, job));
    ::core::assert_eq!(doubled.call(), ::core::option::Option::Some(6));
    ::core::assert_eq!(close.call(), ::core::option::Option::Some(3));
    ::core::mem::drop(file);
    ::core::assert!(!forget.is_alive());
}

#[test]
fn the_other_macros_work() {
    let file = ::renamed::Strong::new(File { number: 3 });
    let node = ::renamed::Strong::new(Node::Leaf(4));
    let sum = ::renamed::weak!([file, leaf = node] else 0, move |x: Number| match *leaf {
        Node::Leaf(y) => file.number + x + y,
        Node::Root => x,
    });
    ::core::assert_eq!(sum(10), 17);
    let run = ::renamed::weak!([file], move || {
        ::core::assert_eq!(file.number, 3);
    });
    run();
    let proxy = ::renamed::Proxy::new(&file);
    ::core::assert_eq!(
        (Numbered::number(&proxy), proxy.checked()),
        (3, ::core::result::Result::Ok(3))
    );
    ::core::assert_eq!(proxy.following(), ::core::result::Result::Ok(4));
    ::core::mem::drop((proxy.later(), proxy.later_next()));
    let numbered: ::renamed::Strong<dyn Numbered> = ::renamed::coerce!(file => dyn Numbered);
    ::core::assert_eq!(numbered.number(), 3);
    ::core::mem::drop((numbered, ::renamed::Strong::new(Node::<Number>::Root)));
    ::core::assert_eq!((Numbered::number(&proxy), sum(10)), (7, 0));
    ::core::assert!(proxy.checked().is_err());
}
