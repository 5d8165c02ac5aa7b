// error[E0599]: no method named `clone`
//
// Two owners of one graveyard.

use weakref::SyncSlot;
use weakref::watch::Graveyard;

fn main() {
    let graveyard = Graveyard::<SyncSlot>::new();
    drop(graveyard.clone());
}
