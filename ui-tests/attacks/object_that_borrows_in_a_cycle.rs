// error[E0597]: `text` does not live long enough
//
// As `object_that_borrows`, under construction.

use weakref::{Strong, SyncSlot, WeakReferenceable};

struct Image<'a>(#[expect(dead_code)] &'a str);

impl WeakReferenceable for Image<'_> {
    type Slot = SyncSlot;
}

fn main() {
    let text = String::from("borrowed");
    drop(Strong::new_cyclic(|_| Image(&text)));
}
