macro_rules! methods {
    () => {
        pub fn size(&self) -> usize {
            1
        }
    };
}

use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Image;

#[weakref::proxy(trait ImageProxy)]
impl Image {
    methods!();
}

fn main() {}
