// error: lifetime may not live long enough
//
// What a weak reference shows, kept after the call.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let weak = Strong::downgrade(&strong);
    let value = weak.with(|object| &object.0);
    strong = Strong::new(Object(vec![]));
    drop((value, strong));
}
