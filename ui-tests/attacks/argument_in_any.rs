// error[E0277]: a finalizer's action may own its object through
//
// A trait object whose trait says nothing of what it owns.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let same = image.clone();
    finalize_with(
        &image,
        |own| drop(own),
        Box::new(same) as Box<dyn std::any::Any + Send>,
    );
}
