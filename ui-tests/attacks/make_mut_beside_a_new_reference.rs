// error[E0502]: cannot borrow `strong` as immutable
//
// A weak reference made while the exclusive borrow lives.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let value = Strong::make_mut(&mut strong);
    let other = Strong::downgrade(&strong);
    value.0.clear();
    drop(other);
}
