// error[E0716]: temporary value dropped while borrowed
//
// A borrow from a handle that was never kept.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let weak = Strong::downgrade(&strong);
    let value = weak.upgrade().as_deref().map(|object| &object.0);
    strong = Strong::new(Object(vec![]));
    drop((value, strong));
}
