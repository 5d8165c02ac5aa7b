// error[E0515]: cannot return value referencing
//
// The same through a closure that captures weakly.

use weakref::{Object, Strong, weak};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let first = weak!([strong] else &[][..], move || &strong.0[..]);
    strong = Strong::new(Object(vec![]));
    println!("{:?}", first());
    drop(strong);
}
