// error[E0133]: call to unsafe function
//
// The macro's `unsafe` borrowed for a type's constant.

use weakref::{Object, Strong, coerce};

const unsafe fn length() -> usize {
    1
}

fn main() {
    coerce!(Strong::new(Object([1_u8])) => Object<[u8; length()]>);
}
