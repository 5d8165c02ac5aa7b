use weakref::{Strong, WeakReferenceable};

#[derive(PartialEq, Eq, PartialOrd, Ord, WeakReferenceable)]
struct Image(u8);

fn main() {
    let (one, two) = (Strong::new(Image(1)), Strong::new(Image(2)));
    let (one, two) = (Strong::downgrade(&one), Strong::downgrade(&two));
    assert!(one < two);
}
