//! A closure that is not known to be fit for every slot, though it is `Send`.

use weakref::{CallbackRef, Strong, WeakRef, WeakReferenceable};

fn watch<T: WeakReferenceable>(strong: &Strong<T>) -> CallbackRef<T> {
    WeakRef::with_callback(strong, |_| println!("dead"))
}

fn main() {
    let _ = watch::<std::cell::Cell<u8>>;
}
