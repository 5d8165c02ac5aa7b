// error[E0308]: mismatched types
//
// Nor by being boxed.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    let make: Box<dyn Fn(&Image) -> Box<dyn FnOnce() + Send>> = Box::new(move |_| {
        let own = same.clone();
        Box::new(move || drop(own))
    });
    finalize(&image, make);
    drop(same);
}
