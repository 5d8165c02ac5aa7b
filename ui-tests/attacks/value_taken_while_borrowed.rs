// error[E0505]: cannot move out of `strong`
//
// The value moved out while a borrow of it lives.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let first = &strong.0[0];
    let value = Strong::try_unwrap(strong);
    println!("{first}");
    drop(value);
}
