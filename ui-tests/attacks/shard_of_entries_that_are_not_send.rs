// error[E0277]: cannot be sent between threads safely
//
// A container whose entries any thread would drop.

use std::rc::Rc;

use weakref::SyncSlot;
use weakref::watch::{Bury, Group, Shard};

struct Rows;

impl Bury for Rows {
    type Slot = SyncSlot;
    type Entry = Rc<u8>;

    fn take_dead(&mut self) -> Option<Rc<u8>> {
        Some(Rc::new(1))
    }
}

fn main() {
    let shard = Shard::new(Rows, Group::new());
    std::thread::scope(|scope| {
        scope.spawn(|| shard.settle());
    });
}
