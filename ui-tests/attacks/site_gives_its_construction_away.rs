// error[E0521]: borrowed data escapes
//
// The construction kept beyond the call.

use weakref::__private::Site;
use weakref::{SyncSlot, WeakReferenceable};

struct Image;

impl WeakReferenceable for Image {
    type Slot = SyncSlot;

    fn __attach_finalizers(&self, site: &Site<'_>) {
        let mut kept = None;
        site.attach(self, |construction, _| kept = Some(construction));
    }
}

fn main() {}
