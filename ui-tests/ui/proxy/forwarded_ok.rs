use std::fmt::Debug;
use weakref::{Proxy, Strong, WeakReferenceable};

#[weakref::proxy]
trait Listener<E>: Debug {
    type Answer;

    fn notify<'a>(&self, event: &'a E) -> Option<&'a E>;
    fn answer(&self) -> Self::Answer;
    #[cfg_attr(all(), cfg(any()), must_use)]
    fn absent(&self) -> Missing;
    #[cfg_attr(all(), must_use, cfg_attr(all(), cfg(all())))]
    fn name(&self) -> &'static str;
    fn callback(&self) -> Box<dyn Fn(&str) -> &str>;
    fn exclusive(&mut self)
    where
        Self: Sized,
    {
    }
    #[proxy(skip)]
    fn borrowed(&self) -> &str {
        std::any::type_name::<E>()
    }
    /// # Safety
    ///
    /// 1. `x` is even.
    #[proxy(skip)]
    unsafe fn half(&self, x: u8) -> u8 {
        x / 2
    }
}

#[derive(Debug, WeakReferenceable)]
struct Log;

#[weakref::proxy(trait LogProxy)]
impl Log {
    #[cfg_attr(all(), cfg(any()))]
    pub(crate) fn absent(&self) -> Missing {}
    pub(crate) fn size(&self) -> usize {
        size_of_val(self)
    }
}

impl Listener<u32> for Log {
    type Answer = u8;

    fn notify<'a>(&self, event: &'a u32) -> Option<&'a u32> {
        Some(event)
    }
    fn answer(&self) -> u8 {
        7
    }
    fn name(&self) -> &'static str {
        "log"
    }
    fn callback(&self) -> Box<dyn Fn(&str) -> &str> {
        Box::new(|text| text)
    }
}

#[test]
fn forwards() {
    let log = Strong::new(Log);
    let mut proxy = Proxy::new(&log);
    proxy.exclusive();
    assert_eq!((proxy.notify(&3), proxy.answer()), (Some(&3), 7));
    assert_eq!((proxy.name(), proxy.callback()("x"), proxy.borrowed()), ("log", "x", "u32"));
    assert_eq!(proxy.size(), Ok(0));
    // SAFETY: 1, 4 is even.
    assert_eq!(unsafe { proxy.half(4) }, 2);
}
