use weakref::{Proxy, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    let image = Strong::new(Image);
    Proxy::call(&Proxy::new(&image), (1,)).unwrap();
}
