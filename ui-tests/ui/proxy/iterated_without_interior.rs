use weakref::{Proxy, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    let image = Strong::new(Image);
    for _ in Proxy::new(&image) {}
}
