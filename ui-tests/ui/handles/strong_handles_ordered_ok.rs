use weakref::{Strong, WeakReferenceable};

#[derive(PartialEq, Eq, PartialOrd, Ord, WeakReferenceable)]
struct Image(u8);

#[test]
fn by_value() {
    assert!(Strong::new(Image(1)) < Strong::new(Image(2)));
    let image = Strong::new(Image(1));
    assert!(Strong::downgrade(&image) == Strong::downgrade(&image));
}
