// error[E0505]: cannot move out of `strong`
//
// The same by a conversion.

use weakref::{Object, Strong, coerce};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let first = strong.0.iter();
    drop(coerce!(strong => Object<dyn Send>));
    drop(first);
}
