// error[E0596]: cannot borrow
//
// A graveyard drained by several.

use weakref::SyncSlot;
use weakref::watch::Graveyard;

fn drain(graveyard: &Graveyard<SyncSlot>) {
    graveyard.next_dead();
}

fn main() {
    drain(&Graveyard::new());
}
