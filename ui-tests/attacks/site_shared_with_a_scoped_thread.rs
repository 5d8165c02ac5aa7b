// error[E0277]: cannot be shared between threads safely
//
// Attached to on another thread.

use weakref::__private::Site;
use weakref::{SyncSlot, WeakReferenceable};

struct Image;

impl WeakReferenceable for Image {
    type Slot = SyncSlot;

    fn __attach_finalizers(&self, site: &Site<'_>) {
        std::thread::scope(|scope| {
            scope.spawn(|| site.attach(self, |_, _| ()));
        });
    }
}

fn main() {}
