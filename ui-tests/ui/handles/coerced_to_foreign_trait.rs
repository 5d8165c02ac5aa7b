use weakref::{Strong, WeakReferenceable, coerce};

trait Shape {}

#[derive(WeakReferenceable)]
struct Square;

impl Shape for Square {}

fn main() {
    let square = Strong::new(Square);
    coerce!(square => dyn Shape);
}
