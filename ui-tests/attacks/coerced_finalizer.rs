// error[E0277]: cannot be coerced
//
// A handle of another kind.

use weakref::{Object, Strong, coerce, finalize_with};

fn main() {
    let object = Strong::new(Object(1));
    coerce!(finalize_with(&object, drop, ()) => Object<dyn Send>);
}
