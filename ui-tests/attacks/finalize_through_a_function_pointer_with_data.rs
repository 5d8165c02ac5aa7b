// error[E0308]: mismatched types
//
// A function pointer that is given the handle by a closure.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    let make: fn(&Image, Strong<Image>) -> Box<dyn FnOnce() + Send> =
        |_, own| Box::new(|| drop(own));
    finalize(&image, |image| make(image, same.clone()));
    drop(same);
}
