#[derive(weakref::WeakReferenceable)]
struct Image;

#[weakref::proxy(pub trait ImageProxy, dead = error)]
impl Image {}

fn main() {}
