use weakref::{Proxy, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Point(u32, u32);

impl Point {
    fn x(&self) -> u32 {
        self.0
    }
}

fn main() {
    let point = Strong::new(Point(1, 2));
    let _x = Proxy::new(&point).x();
}
