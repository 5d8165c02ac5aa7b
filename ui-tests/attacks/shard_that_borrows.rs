// error[E0597]: `text` does not live long enough
//
// What is buried may be left to a call that reads another shard.

use weakref::SyncSlot;
use weakref::watch::{Bury, Group, Shard};

struct Names<'a>(Vec<&'a str>);

impl<'a> Bury for Names<'a> {
    type Slot = SyncSlot;
    type Entry = &'a str;

    fn take_dead(&mut self) -> Option<&'a str> {
        self.0.pop()
    }
}

fn main() {
    let text = String::from("borrowed");
    let shard = Shard::new(Names(vec![&text]), Group::new());
    shard.write(|names| names.0.clear());
}
