// error[E0521]: borrowed data escapes
//
// The value kept beyond the object.

use weakref::__private::Site;
use weakref::{SyncSlot, WeakReferenceable};

struct Image;

thread_local! {
    static KEPT: std::cell::Cell<Option<&'static Image>> = const { std::cell::Cell::new(None) };
}

impl WeakReferenceable for Image {
    type Slot = SyncSlot;

    fn __attach_finalizers(&self, site: &Site<'_>) {
        site.attach(self, |_, value| KEPT.set(Some(value)));
    }
}

fn main() {}
