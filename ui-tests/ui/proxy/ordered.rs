use weakref::{Object, Proxy, Strong};

fn main() {
    let object = Strong::new(Object(1));
    [Proxy::new(&object)].sort();
}
