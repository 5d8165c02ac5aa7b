use weakref::{Object, Strong, WeakMethod};

fn main() {
    let number = Strong::new(Object(1));
    let length = WeakMethod::new(&number, str::len);
    length.call(()).unwrap();
}
