// error[E0308]: mismatched types
//
// An array of more elements.

use weakref::{Object, Strong, coerce};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    drop(strong);
    strong = Strong::new(Object(vec![]));
    drop(strong);
    coerce!(Strong::new(Object([1_u8; 8])) => Object<[u8; 16]>);
}
