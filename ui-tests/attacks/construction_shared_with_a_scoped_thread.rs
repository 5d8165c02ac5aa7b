// error[E0277]: cannot be shared between threads safely
//
// Used on another thread while the object is made.

use weakref::{Construction, Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    Strong::new_cyclic(|construction: &Construction<Image>| {
        std::thread::scope(|scope| {
            scope.spawn(|| finalize_with(construction, drop, ()));
        });
        Image
    });
}
