// error[E0271]: type mismatch
// error[E0277]: `WeakRef<Node>` is not known to be fit
//
// An owner of the other slot.

use weakref::watch::{Graveyard, Wake};
use weakref::{Strong, SyncSlot, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node;

impl Wake for Node {
    fn wake(&self) {}
}

fn main() {
    let node = Strong::new(Node);
    let _graveyard = Graveyard::<SyncSlot>::waking(&Strong::downgrade(&node));
}
