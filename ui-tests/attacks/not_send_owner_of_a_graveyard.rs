// error[E0277]: is not known to be fit for
//
// An owner that any death would wake.

use std::cell::Cell;
use std::rc::Rc;

use weakref::{Strong, SyncSlot, WeakReferenceable, watch::Graveyard, watch::Wake};

#[derive(WeakReferenceable)]
struct Image(u8);

#[derive(WeakReferenceable)]
struct Gallery(Cell<u8>, Graveyard<SyncSlot>);

impl Wake for Gallery {
    fn wake(&self) {
        self.0.set(1);
    }
}

fn main() {
    let image = Strong::new(Image(1));
    let count = Rc::new(Cell::new(0));
    drop((image, count));
    Strong::new_cyclic(|this| Gallery(Cell::new(0), Graveyard::waking(this)));
}
