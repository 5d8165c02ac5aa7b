use weakref::{Proxy, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Point(u32, u32);

fn main() {
    let point = Strong::new(Point(1, 2));
    let _same = Proxy::new(&point) == Proxy::new(&point);
}
