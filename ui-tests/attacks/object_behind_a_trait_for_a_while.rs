// error: lifetime may not live long enough
//
// An object that is seen as one of a trait is one that borrows nothing, too.

use weakref::{Strong, SyncSlot, WeakReferenceable, coerce};

trait Show<'a>: WeakReferenceable<Slot = SyncSlot> {
    fn keep(&self, text: &'a str);
}

#[derive(WeakReferenceable)]
struct Page;

impl<'a> Show<'a> for Page {
    fn keep(&self, _: &'a str) {}
}

fn shown<'a>(page: Strong<Page>, text: &'a str) {
    let shown: Strong<dyn Show<'a> + 'a> = coerce!(page => dyn Show<'a> + 'a);
    shown.keep(text);
}

fn main() {
    shown(Strong::new(Page), "text");
}
