use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    let mut image = Strong::new(Image);
    Strong::make_mut(&mut image);
}
