// error[E0277]: the trait bound `Strong<Object<i32>>: Copy` is not satisfied
//
// A method that is a closure with a handle of its receiver.

use weakref::{Object, Strong, WeakMethod};

fn main() {
    let number = Strong::new(Object(1));
    let own = number.clone();
    WeakMethod::new(&number, move |_: &Object<i32>| own.0);
}
