// error[E0271]: type mismatch
// error[E0308]: mismatched types
//
// The two ready-made objects have one layout and two slots.

use std::any::Any;

use weakref::{LocalObject, Object, Strong, coerce};

fn main() {
    coerce!(Strong::new(Object(1)) => LocalObject<dyn Any>);
}
