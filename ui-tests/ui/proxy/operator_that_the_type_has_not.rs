use weakref::{Proxy, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    let image = Strong::new(Image);
    let _ = &Proxy::new(&image) + 1;
}
