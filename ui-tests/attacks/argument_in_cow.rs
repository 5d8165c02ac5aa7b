// error[E0277]: a finalizer's action may own its object through
//
// An owned `Cow`.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

#[derive(Clone)]
struct Held(Strong<Image>);

fn main() {
    let image = Strong::new(Image(1));
    let same = image.clone();
    finalize_with(
        &image,
        |own| drop(own),
        std::borrow::Cow::<'static, Held>::Owned(Held(same)),
    );
}
