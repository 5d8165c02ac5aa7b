// error[E0308]: mismatched types
//
// `make` would be given a value that is not there yet.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    let other = Strong::new_cyclic(|construction| {
        finalize(construction, |image: &Image| {
            let length = image.0.len();
            move || length
        });
        Image(String::new())
    });
    drop(other);
    drop(same);
}
