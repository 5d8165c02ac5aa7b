// error[E0521]: borrowed data escapes
//
// Attached to later, when the object is shared.

use weakref::__private::Site;
use weakref::{SyncSlot, WeakReferenceable};

struct Image;

thread_local! {
    static KEPT: std::cell::Cell<Option<&'static Site<'static>>> = const { std::cell::Cell::new(None) };
}

impl WeakReferenceable for Image {
    type Slot = SyncSlot;

    fn __attach_finalizers(&self, site: &Site<'_>) {
        KEPT.set(Some(site));
    }
}

fn main() {}
