// error[E0277]: a finalizer's action may own its object through
//
// A lazy value that will own one.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let same = image.clone();
    finalize_with(
        &image,
        |own| drop(own),
        std::sync::LazyLock::<Strong<Image>>::new(|| Strong::new(Image(2))),
    );
}
