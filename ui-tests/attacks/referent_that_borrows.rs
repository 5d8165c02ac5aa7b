// error[E0478]: lifetime bound not satisfied
// error[E0803]: cannot infer
//
// A death may come after every borrow.

use weakref::{SyncSlot, WeakReferenceable};

struct Image<'a>(&'a str);

impl<'a> WeakReferenceable for Image<'a> {
    type Slot = SyncSlot;
}

fn main() {}
