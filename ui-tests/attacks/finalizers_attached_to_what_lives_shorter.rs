// error: lifetime may not live long enough
//
// An object that is a `dyn Put<'static>` is none that takes what lives shorter, though the compiler's identity of both types
// is one.

use std::sync::Mutex;

use weakref::__private::Site;
use weakref::{SyncSlot, WeakReferenceable};

trait Put<'p>: Send + Sync {
    fn put(&self, text: &'p str);
    fn hook(&self, _: &Site<'_>) {}
}

impl<'p> WeakReferenceable for dyn Put<'p> + 'p {
    type Slot = SyncSlot;

    fn __has_finalizers(&self) -> bool {
        true
    }

    fn __attach_finalizers(&self, site: &Site<'_>) {
        self.hook(site);
    }
}

struct Nothing;

impl<'p> Put<'p> for Nothing {
    fn put(&self, _: &'p str) {}
}

#[repr(C)]
struct Keeps {
    first: Nothing,
    text: Mutex<&'static str>,
}

impl Put<'static> for Keeps {
    fn put(&self, text: &'static str) {
        *self.text.lock().unwrap() = text;
    }

    fn hook(&self, site: &Site<'_>) {
        let short = String::from("freed at return");
        attach_as(&self.first, site, &short);
    }
}

fn attach_as<'q>(other: &Nothing, site: &Site<'_>, short: &'q str) {
    site.attach::<dyn Put<'q> + 'q>(other, |_, object| object.put(short));
}

fn main() {}
