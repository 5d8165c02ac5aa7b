use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Image;

#[weakref::proxy(trait ImageProxy)]
impl Image {
    pub fn new() -> Self {
        Self
    }
}

fn main() {}
