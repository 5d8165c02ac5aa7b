use weakref::{Object, Proxy, Strong};

fn main() {
    let object = Strong::new(Object(1));
    let _number = *Proxy::new(&object);
}
