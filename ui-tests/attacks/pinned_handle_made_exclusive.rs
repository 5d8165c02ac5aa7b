// error[E0599]: the method `as_mut` exists
//
// A pinned object borrowed exclusively.

use weakref::{Object, Strong};

fn main() {
    let mut pinned = Strong::pin(Object(1));
    pinned.as_mut().get_mut().0 = 2;
}
