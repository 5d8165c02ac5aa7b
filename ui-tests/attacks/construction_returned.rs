// error[E0521]: borrowed data escapes
//
// Kept beside the object.

use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    let mut kept = None;
    let image = Strong::new_cyclic(|construction| {
        kept = Some(construction);
        Image
    });
    drop((image, kept));
}
