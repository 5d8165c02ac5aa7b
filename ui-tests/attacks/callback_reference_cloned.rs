// error[E0308]: mismatched types
//
// Two handles of a callback that one may cancel.

use weakref::{CallbackRef, Object, Strong, WeakRef};

fn main() {
    let image = Strong::new(Object(1));
    let callback = WeakRef::with_callback(&image, |_| ());
    let _other: CallbackRef<Object<i32>> = callback.clone();
}
