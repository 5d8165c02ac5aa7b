// error[E0015]: cannot call non-const
//
// No constant is a handle.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

trait Holds {
    const IT: Strong<Image>;
}

struct Mine;

impl Holds for Mine {
    const IT: Strong<Image> = Strong::new(Image(String::new()));
}

fn make<H: Holds>(_: &Image) -> impl FnOnce() + Send + use<H> {
    || drop(H::IT)
}

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    finalize(&image, make::<Mine>);
    drop(same);
}
