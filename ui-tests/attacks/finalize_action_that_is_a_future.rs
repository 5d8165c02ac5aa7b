// error[E0277]: expected a `FnOnce()` closure
//
// A future is no action.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    finalize(&image, |_| async {});
    drop(same);
}
