// error: lifetime may not live long enough
//
// What the lock protects, kept beyond it.

use weakref::LocalSlot;
use weakref::watch::{Bury, Group, Shard};

struct Rows(u8);

impl Bury for Rows {
    type Slot = LocalSlot;
    type Entry = u8;

    fn take_dead(&mut self) -> Option<u8> {
        None
    }
}

fn main() {
    let shard = Shard::new(Rows(1), Group::new());
    let rows: &Rows = shard.read(|rows| rows);
    shard.write(|rows| rows.0 += 1);
    drop(rows.0);
}
