use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image(u8);

#[test]
fn can_be_referred_to_weakly() {
    let image = Strong::new(Image(3));
    let weak = Strong::downgrade(&image);
    assert_eq!(weak.with(|image| image.0), Some(3));
    drop(image);
    assert!(weak.upgrade().is_none());
}
