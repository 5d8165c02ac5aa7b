// error[E0277]: between threads safely
//
// A trait that says nothing of threads, over a shared slot.

use weakref::{Object, Strong, coerce};

fn main() {
    let object = coerce!(Strong::new(Object(1)) => Object<dyn std::any::Any>);
    std::thread::spawn(move || drop(object));
}
