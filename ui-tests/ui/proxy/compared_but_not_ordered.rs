use weakref::{Proxy, Strong, WeakReferenceable};

#[derive(PartialEq, WeakReferenceable)]
struct Point(u32, u32);

fn main() {
    let point = Strong::new(Point(1, 2));
    let proxy = Proxy::new(&point);
    let _greater = proxy > Proxy::new(&point);
}
