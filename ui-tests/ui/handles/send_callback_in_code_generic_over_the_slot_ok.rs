//! What is `Send` is fit for every slot.

use weakref::{CallbackRef, Strong, WeakRef, WeakReferenceable};

fn watch<T: WeakReferenceable>(strong: &Strong<T>) -> CallbackRef<T> {
    WeakRef::with_send_callback(strong, |_| println!("dead"))
}

fn main() {
    let _ = watch::<std::cell::Cell<u8>>;
}
