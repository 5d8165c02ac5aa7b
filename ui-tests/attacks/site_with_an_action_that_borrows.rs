// error[E0521]: borrowed data escapes
//
// A finalizer that borrows the object, attached by hand.

use weakref::__private::Site;
use weakref::{SyncSlot, WeakReferenceable};

struct Image;

impl WeakReferenceable for Image {
    type Slot = SyncSlot;

    fn __attach_finalizers(&self, site: &Site<'_>) {
        site.attach(self, |construction, value| {
            weakref::finalize_with(construction, |image: &Image| drop(image), value);
        });
    }
}

fn main() {}
