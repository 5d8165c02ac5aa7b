// error[E0133]: call to unsafe function
//
// A second handle from the same pointer.

use weakref::{Object, Strong};

fn main() {
    let number = Strong::new(Object(1_u32));
    let raw = Strong::as_ptr(&number);
    drop(Strong::from_raw(raw));
}
