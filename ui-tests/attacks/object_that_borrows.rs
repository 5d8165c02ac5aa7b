// error[E0597]: `text` does not live long enough
//
// A death may come after every borrow: whatever makes an object asks for a type that borrows nothing.

use weakref::{Strong, SyncSlot, WeakReferenceable};

struct Image<'a>(#[expect(dead_code)] &'a str);

impl WeakReferenceable for Image<'_> {
    type Slot = SyncSlot;
}

fn main() {
    let text = String::from("borrowed");
    drop(Strong::new(Image(&text)));
}
