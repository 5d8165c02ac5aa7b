// error[E0499]: cannot borrow `strong` as mutable more than once
//
// Two exclusive borrows of one object.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let (one, other) = (Strong::get_mut(&mut strong), Strong::get_mut(&mut strong));
    drop((one, other));
}
