// error[E0603]: module `sealed` is private
//
// A handle taken apart and put together as another.

use weakref::__private::sealed::Parts;
use weakref::{Object, Strong};

fn main() {
    let number = Strong::new(Object(1_u32));
    let _parts = Parts::into_parts(number);
}
