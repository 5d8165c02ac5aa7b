use std::cell::RefCell;
use weakref::{Proxy, Strong};

fn main() {
    let number = Strong::new(RefCell::new(1));
    for _ in Proxy::new(&number) {}
}
