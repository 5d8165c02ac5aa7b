use weakref::{Object, Strong, ValueRef};

fn main() {
    let number = Strong::new(Object(1));
    [ValueRef::new(&number)].sort();
}
