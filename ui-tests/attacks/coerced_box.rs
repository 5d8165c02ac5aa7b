// error[E0277]: cannot be coerced
//
// Something else that can be unsized.

use weakref::{Object, coerce};

fn main() {
    coerce!(Box::new(Object(1)) => Object<dyn Send>);
}
