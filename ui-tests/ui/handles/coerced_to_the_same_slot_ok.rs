use weakref::{LocalSlot, Strong, WeakReferenceable, coerce};

trait Shape: WeakReferenceable<Slot = LocalSlot> {
    fn area(&self) -> u32;
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Square(u32);

impl Shape for Square {
    fn area(&self) -> u32 {
        self.0 * self.0
    }
}

#[test]
fn keeps_the_object() {
    let square = Strong::new(Square(3));
    let id = Strong::id(&square);
    let shape = coerce!(square => dyn Shape);
    assert_eq!(shape.area(), 9);
    assert_eq!(Strong::id(&shape), id);
}
