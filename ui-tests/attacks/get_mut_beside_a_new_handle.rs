// error[E0502]: cannot borrow `strong` as immutable
//
// A handle made while the exclusive borrow lives.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let value = Strong::get_mut(&mut strong).unwrap();
    let other = strong.clone();
    value.0.clear();
    drop(other);
}
