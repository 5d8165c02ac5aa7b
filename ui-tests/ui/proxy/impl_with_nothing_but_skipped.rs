use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Image;

#[weakref::proxy(trait ImageProxy)]
impl Image {
    #[proxy(skip)]
    pub fn size(&self) -> usize {
        1
    }
}

fn main() {}
