// error[E0308]: mismatched types
//
// A handle of a pinned object, that could move it.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let pinned = Strong::pin(Object(vec![1]));
    strong = Strong::clone(&pinned);
    drop(strong);
}
