// error[E0271]: type mismatch
//
// A graveyard of the other slot.

use weakref::watch::Graveyard;
use weakref::{LocalObject, Strong, SyncSlot};

fn main() {
    let mut graveyard = Graveyard::<SyncSlot>::new();
    graveyard.watch(&Strong::new(LocalObject(1)), 1);
}
