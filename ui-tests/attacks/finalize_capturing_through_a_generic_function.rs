// error[E0308]: mismatched types
//
// A closure does not become a function by being generic.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

fn register<F: FnOnce() + Send + 'static>(image: &Strong<Image>, make: impl Fn(&Image) -> F) {
    finalize(image, make);
}

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    let own = same.clone();
    register(&image, |_| {
        let own = own.clone();
        move || drop(own)
    });
    drop(same);
}
