// error[E0277]: is not known to be fit for
//
// Any thread may run it.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node;

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    finalize(&image, |_| {
        let node = Strong::new(Node);
        move || drop(node)
    });
    drop(same);
}
