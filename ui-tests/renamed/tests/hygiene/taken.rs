//! The macros where names of their variables would be patterns: of unit structs, as of constants and statics.

use ::core::future::Future;
use ::core::ops::FnOnce;
use ::core::prelude::v1::test;

/// Short names for what the macros need a variable for.
#[expect(
    dead_code,
    non_camel_case_types,
    reason = "only a macro could use them, and must not"
)]
mod hostile {
    pub(super) struct strong;
    pub(super) struct object;
    pub(super) struct result;
    pub(super) struct error;
    pub(super) struct weak0;
    pub(super) struct weak1;
    pub(super) struct construction;
    pub(super) struct value;
    pub(super) struct site;
    pub(super) struct handle;
    pub(super) struct visitor;
}
#[expect(unused_imports, reason = "only a macro could use them, and must not")]
use hostile::{
    construction, error, handle, object, result, site, strong, value, visitor, weak0, weak1,
};

#[::renamed::proxy(crate = ::renamed)]
trait Listener {
    fn notify(&self, x: u8) -> u8;
    #[proxy(dead = x)]
    fn known(&self, x: u8) -> u8;
    #[proxy(dead = error)]
    fn fails(&self) -> ::core::result::Result<u8, ::renamed::ReferenceError>;
    fn later(&self) -> impl Future<Output = u8> + ::core::marker::Send;
}

#[derive(Debug, ::renamed::WeakReferenceable)]
#[weakref(crate = ::renamed, finalizer = close)]
struct Log(u8);

impl Log {
    #[::renamed::finalizer(crate = ::renamed)]
    fn close(&self) -> impl FnOnce() -> u8 + use<> {
        let number = self.0;
        move || number
    }
}

#[::renamed::proxy(trait LogProxy, crate = ::renamed)]
impl Log {
    pub(crate) const fn number(&self) -> u8 {
        self.0
    }
    #[expect(clippy::unused_async, reason = "a future for its proxy")]
    pub(crate) async fn loaded(&self) -> u8 {
        self.0
    }
}

impl Listener for Log {
    fn notify(&self, x: u8) -> u8 {
        x
    }
    fn known(&self, x: u8) -> u8 {
        x
    }
    fn fails(&self) -> ::core::result::Result<u8, ::renamed::ReferenceError> {
        ::core::result::Result::Ok(self.0)
    }
    fn later(&self) -> impl Future<Output = u8> + ::core::marker::Send {
        ::core::future::ready(self.0)
    }
}

trait Shown: ::renamed::WeakReferenceable<Slot = ::renamed::SyncSlot> + ::core::fmt::Debug {}
impl Shown for Log {}

#[test]
fn variables_of_the_macros_have_names_of_their_own() {
    let log = ::renamed::Strong::new(Log(5));
    let proxy = ::renamed::Proxy::new(&log);
    ::core::assert_eq!((proxy.notify(1), proxy.known(2)), (1, 2));
    ::core::assert_eq!(proxy.fails(), ::core::result::Result::Ok(5));
    ::core::assert_eq!(proxy.number(), ::core::result::Result::Ok(5));
    ::core::mem::drop((proxy.later(), proxy.loaded()));
    let sum = ::renamed::weak!([log, other = log] else 0, move |x: u8| log.0 + other.0 + x);
    ::core::assert_eq!(sum(1), 11);
    let shown = ::renamed::coerce!(log => dyn Shown);
    ::core::assert_eq!(::std::format!("{shown:?}"), "Log(5)");
    ::core::mem::drop(shown);
    ::core::assert_eq!(proxy.known(3), 3);
    ::core::assert!(proxy.fails().is_err() && proxy.number().is_err());
}
