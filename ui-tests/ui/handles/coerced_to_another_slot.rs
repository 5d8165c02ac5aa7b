use weakref::{LocalSlot, Strong, WeakReferenceable, coerce};

#[derive(WeakReferenceable)]
struct Square;

trait Any: 'static {}
impl Any for Square {}
impl WeakReferenceable for dyn Any {
    type Slot = LocalSlot;
}

fn main() {
    let square = Strong::new(Square);
    coerce!(square => dyn Any);
}
