// error[E0277]: cannot be coerced
//
// A handle inside something.

use weakref::{Object, Strong, coerce};

fn main() {
    coerce!(Some(Strong::new(Object(1))) => Object<dyn Send>);
}
