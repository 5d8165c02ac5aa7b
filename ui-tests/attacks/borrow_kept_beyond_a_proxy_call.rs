// error: lifetime may not live long enough
//
// The same through a proxy.

use weakref::{Object, Proxy, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let proxy = Proxy::new(&strong);
    let value = Proxy::with(&proxy, |object| &object.0);
    strong = Strong::new(Object(vec![]));
    drop((value, strong));
}
