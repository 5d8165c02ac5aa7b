use weakref::{Finalizable, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

impl Finalizable for Box<Image> {
    type Referent = Image;
}

fn main() {}
