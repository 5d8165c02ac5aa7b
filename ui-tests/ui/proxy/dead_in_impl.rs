use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Image;

#[weakref::proxy(trait ImageProxy)]
impl Image {
    #[proxy(dead = 0)]
    pub fn size(&self) -> usize {
        1
    }
}

fn main() {}
