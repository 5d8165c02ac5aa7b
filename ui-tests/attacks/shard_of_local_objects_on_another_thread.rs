// error[E0277]: stay on the thread that made them
//
// A lock without an atomic.

use weakref::LocalSlot;
use weakref::watch::{Bury, Group, Shard};

struct Rows;

impl Bury for Rows {
    type Slot = LocalSlot;
    type Entry = u8;

    fn take_dead(&mut self) -> Option<u8> {
        None
    }
}

fn main() {
    let shard = Shard::new(Rows, Group::new());
    std::thread::scope(|scope| {
        scope.spawn(|| shard.settle());
    });
}
