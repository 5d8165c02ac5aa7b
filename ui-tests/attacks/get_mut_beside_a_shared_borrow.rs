// error[E0502]: cannot borrow `strong` as mutable
//
// An exclusive borrow while a shared one lives.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let first = &strong.0[0];
    Strong::get_mut(&mut strong).unwrap().0.clear();
    println!("{first}");
}
