use weakref::{Strong, WeakReferenceable, coerce};

#[derive(WeakReferenceable)]
struct Square;

#[derive(WeakReferenceable)]
struct Circle;

fn main() {
    let square = Strong::new(Square);
    coerce!(square => Circle);
}
