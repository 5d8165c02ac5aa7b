// error[E0505]: cannot move out of `strong`
//
// The same by the other way.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let first = strong.0.iter();
    let value = Strong::into_inner(strong);
    drop((first, value));
}
