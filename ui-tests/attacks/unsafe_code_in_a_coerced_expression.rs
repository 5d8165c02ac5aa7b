// error[E0133]: call to unsafe function
//
// The macro's `unsafe` borrowed for the user's expression.

use weakref::{Object, Strong, coerce};

fn main() {
    let number = Strong::new(Object(1));
    coerce!(Strong::from_raw(Strong::as_ptr(&number)) => Object<dyn Send>);
}
