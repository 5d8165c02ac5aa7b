//! `#[proxy]` and `weak!`.

use ::core::future::Future;
use ::core::prelude::v1::test;
use ::std::string::String;

/// Names that the macros may meet, none of them what it looks like.
#[expect(dead_code, reason = "only a macro could use them, and must not")]
mod hostile {
    pub(super) struct Option;
    pub(super) struct Result;
    pub(super) struct Some;
    pub(super) struct Ok;
    pub(super) struct Err;
    pub(super) struct Proxy;
    pub(super) struct Strong;
    pub(super) struct ReferenceError;
    pub(super) struct From;
    pub(super) trait Sized {}
    pub(super) trait Send {}
    pub(super) trait WeakReference {}
    pub(super) trait WeakReferenceable {}
    pub(super) const fn dead() {}
    pub(super) const fn capture() {}
    pub(super) const fn nothing() {}
    pub(super) mod weakref {}
    pub(super) mod core {}
    pub(super) mod std {}
}
#[expect(unused_imports, reason = "only a macro could use them, and must not")]
use hostile::{
    Err, From, Ok, Option, Proxy, ReferenceError, Result, Send, Sized, Some, Strong, WeakReference,
    WeakReferenceable, capture, core, dead, nothing, std, weakref,
};

/// Names of parameters that an expansion may use for its own.
#[::renamed::proxy(crate = ::renamed)]
trait Listener<'a, T: ::core::clone::Clone>: ::core::fmt::Debug {
    type Answer;
    const COUNT: usize;

    fn notify(&self, strong: T, error: &'a str, object: u8) -> (T, &'a str, u8);
    #[proxy(dead = error + 1)]
    fn value(&self, error: u8) -> u8;
    #[proxy(dead = error)]
    fn fails(&self) -> ::std::io::Result<u8>;
    fn answer(&self) -> Self::Answer;
    fn later(&self, object: u8) -> impl Future<Output = u8> + ::core::marker::Send;
    #[proxy(skip)]
    fn kept(&self) -> &u8 {
        &7
    }
    #[deprecated]
    fn old(&self) -> u8;
    fn r#try(&self, r#match: u8) -> u8;
}

#[derive(Debug, ::renamed::WeakReferenceable)]
#[weakref(crate = ::renamed)]
struct Log(u8);

impl<'a> Listener<'a, String> for Log {
    type Answer = char;
    const COUNT: usize = 3;

    fn notify(&self, strong: String, error: &'a str, object: u8) -> (String, &'a str, u8) {
        (strong, error, object)
    }
    fn value(&self, error: u8) -> u8 {
        error
    }
    fn fails(&self) -> ::std::io::Result<u8> {
        ::core::result::Result::Ok(self.0)
    }
    fn answer(&self) -> char {
        'x'
    }
    fn later(&self, object: u8) -> impl Future<Output = u8> + ::core::marker::Send {
        ::core::future::ready(object)
    }
    fn old(&self) -> u8 {
        self.0
    }
    fn r#try(&self, r#match: u8) -> u8 {
        r#match
    }
}

/// Documented.
#[::renamed::proxy(
    /// Documented by its user.
    trait LogProxy, crate = ::renamed
)]
impl Log {
    /// Documented.
    pub(crate) const fn number(&self, error: u8) -> u8 {
        self.0 + error
    }
}

/// Documented by the macro.
#[::renamed::proxy(trait UndocumentedProxy, crate = ::renamed)]
impl Log {
    pub(crate) const fn other(&self) -> u8 {
        self.0
    }
}

#[test]
fn proxies_forward() {
    let log = ::renamed::Strong::new(Log(5));
    let proxy = ::renamed::Proxy::new(&log);
    let text: String = ::core::convert::Into::into("text");
    ::core::assert_eq!(
        proxy.notify(String::new(), &text, 1),
        (String::new(), &*text, 1)
    );
    ::core::assert_eq!(proxy.value(1), 1);
    ::core::assert_eq!(proxy.fails().ok(), ::core::option::Option::Some(5));
    ::core::assert_eq!((proxy.answer(), *proxy.kept(), proxy.r#try(2)), ('x', 7, 2));
    ::core::assert_eq!(proxy.number(1), ::core::result::Result::Ok(6));
    ::core::assert_eq!(proxy.other(), ::core::result::Result::Ok(5));
    ::core::assert_eq!(<::renamed::Proxy<Log> as Listener<'_, String>>::COUNT, 3);
    ::core::mem::drop(proxy.later(1));
    #[expect(deprecated, reason = "the user's own use")]
    let old = proxy.old();
    ::core::assert_eq!(old, 5);
    ::core::mem::drop(log);
    ::core::assert_eq!(proxy.value(1), 2);
    ::core::assert!(proxy.fails().is_err());
    ::core::assert!(proxy.number(1).is_err());
}

#[test]
fn closures_capture() {
    let log = ::renamed::Strong::new(Log(5));
    let weak0 = 1;
    let sum = ::renamed::weak!([log, other = log] else 0, move |x: u8| log.0 + other.0 + x + weak0);
    ::core::assert_eq!(sum(1), 12);
    let unit = ::renamed::weak!([log], move || {
        ::core::assert_eq!(log.0, 5);
    });
    unit();
    ::core::mem::drop(log);
    ::core::assert_eq!(sum(1), 0);
}
