use std::thread;

use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image(u8);

#[test]
fn may_be_used_there() {
    let image = Strong::new(Image(3));
    let weak = Strong::downgrade(&image);
    let there = thread::spawn(move || weak.with(|image| image.0));
    assert_eq!(there.join().unwrap(), Some(3));
    drop(image);
}
