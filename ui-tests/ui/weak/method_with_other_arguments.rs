use weakref::{Object, Strong, WeakMethod};

fn main() {
    let number = Strong::new(Object(1));
    let add = WeakMethod::new(&number, |own: &Object<i32>, x: i32| own.0 + x);
    add.call(1).unwrap();
}
