#![deny(unused)]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use weakref::{Proxy, Strong, WeakReferenceable};

/// Without bodies, and not forwarded.
#[weakref::proxy]
trait Numbers {
    fn first(&self) -> u32;
    fn second(&self, factor: u32) -> u32
    where
        Self: Sized;
    async fn third(&self, factor: u32) -> u32
    where
        Self: Sized;
    async fn nothing(&self)
    where
        Self: Sized;
    fn fourth(&self, factor: String) -> impl Future<Output = String> + Send
    where
        Self: Sized;
    fn fifth<'a>(&'a self, factor: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>>
    where
        Self: Sized;
    fn all(&self) -> impl Iterator<Item = u32>
    where
        Self: Sized,
    {
        std::iter::empty()
    }
    fn into_first(self) -> u32
    where
        Self: Sized;
}

#[derive(WeakReferenceable)]
struct One;

impl Numbers for One {
    fn first(&self) -> u32 {
        1
    }
    fn second(&self, factor: u32) -> u32 {
        factor
    }
    async fn third(&self, factor: u32) -> u32 {
        factor
    }
    async fn nothing(&self) {}
    async fn fourth(&self, factor: String) -> String {
        factor
    }
    fn fifth<'a>(&'a self, factor: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
        Box::pin(async { factor.len() })
    }
    fn into_first(self) -> u32 {
        1
    }
}

fn panics<R>(call: impl FnOnce() -> R) -> String {
    let panic = catch_unwind(AssertUnwindSafe(call)).err().expect("it panics");
    panic.downcast_ref::<&str>().expect("it is a plain text").to_string()
}

fn panics_when_polled(future: impl Future) -> String {
    let mut future = pin!(future);
    panics(|| future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready())
}

#[test]
fn panics_in_place_of_every_result() {
    let one = Strong::new(One);
    let proxy = Proxy::new(&one);
    let text = |name| format!("weakref: a proxy does not forward `{name}`, which needs `Self: Sized`");
    assert_eq!(proxy.first(), 1);
    assert_eq!(panics(|| proxy.second(2)), text("second"));
    assert_eq!(panics_when_polled(proxy.third(2)), text("third"));
    assert_eq!(panics_when_polled(proxy.nothing()), text("nothing"));
    assert_eq!(panics_when_polled(proxy.fourth("4".into())), text("fourth"));
    assert_eq!(panics_when_polled(proxy.fifth("5")), text("fifth"));
    assert_eq!(proxy.all().count(), 0);
    assert_eq!(panics(|| proxy.into_first()), text("into_first"));
}
