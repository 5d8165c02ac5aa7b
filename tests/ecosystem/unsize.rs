use ::unsize::{CoerceUnsize, Coercion};
use weakref::{LocalSlot, Strong, SyncSlot, WeakRef, WeakReferenceable};

trait Shape: WeakReferenceable<Slot = SyncSlot> {
    fn area(&self) -> u32;
}

trait Drawing: WeakReferenceable<Slot = LocalSlot> {
    fn lines(&self) -> usize;
}

#[derive(WeakReferenceable)]
struct Square(u32);

impl Shape for Square {
    fn area(&self) -> u32 {
        self.0 * self.0
    }
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Sketch([u64; 100]);

impl Drawing for Sketch {
    fn lines(&self) -> usize {
        self.0.len()
    }
}

#[test]
fn handles_are_unsized_and_stay_those_of_their_object() {
    let square = Strong::new(Square(3));
    let weak: WeakRef<dyn Shape> = Strong::downgrade(&square).unsize(Coercion!(to dyn Shape));
    let shape: Strong<dyn Shape> = square.unsize(Coercion!(to dyn Shape));
    assert_eq!(shape.area(), 9);
    assert_eq!(Strong::strong_count(&shape), 1);
    assert!(Strong::ptr_eq(&shape, &weak.upgrade().unwrap()));
    drop(shape);
    assert!(!weak.is_alive());
}

#[test]
fn large_local_objects_and_references_to_nothing_are_unsized_too() {
    let drawing = Strong::new(Sketch([0; 100])).unsize(Coercion!(to dyn Drawing));
    assert_eq!(drawing.lines(), 100);
    let nothing = WeakRef::<Sketch>::new().unsize(Coercion!(to dyn Drawing));
    assert!(nothing.upgrade().is_none());
}
