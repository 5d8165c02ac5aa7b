//! A type argument may borrow for ever.

use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Image<T>(T);

fn referable<T: WeakReferenceable>(_: &T) {}

#[test]
fn compiles() {
    let image = Image("forever");
    referable(&image);
    assert_eq!(image.0.len(), 7);
}
