#[derive(weakref::WeakReferenceable)]
struct Image;

#[weakref::proxy(pub trait ImageProxy, dead = error)]
impl Image {
    pub fn size(&self) -> usize {
        1
    }
}

fn main() {}
