// error: lifetime may not live long enough
//
// A method whose result borrows from the receiver.

use weakref::{Object, Strong, WeakMethod};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let method = WeakMethod::new(&strong, |object: &Object<Vec<i32>>| &object.0);
    strong = Strong::new(Object(vec![]));
    drop((method.call(()), strong));
}
