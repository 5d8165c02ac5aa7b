// error[E0597]: `text` does not live long enough
//
// As `object_that_borrows`, from a box.

use weakref::{Strong, SyncSlot, WeakReferenceable};

struct Image<'a>(#[expect(dead_code)] &'a str);

impl WeakReferenceable for Image<'_> {
    type Slot = SyncSlot;
}

fn main() {
    let text = String::from("borrowed");
    let image: Strong<Image<'_>> = Box::new(Image(&text)).into();
    drop(image);
}
