// error[E0594]: cannot assign to data in dereference of
//
// A field written as if the handle were a box.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    strong.0 = vec![];
}
