// error[E0308]: mismatched types
//
// A weak reference to a pinned object.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let pinned = Strong::pin(Object(vec![1]));
    let weak = Strong::downgrade(&pinned);
    strong = weak.upgrade().unwrap();
    drop(strong);
}
