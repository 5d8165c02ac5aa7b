use weakref::{Object, Strong, WeakMethod};

fn main() {
    let number = Strong::new(Object(1));
    let own = number.clone();
    WeakMethod::new(&number, move |_: &Object<i32>| own.0);
}
