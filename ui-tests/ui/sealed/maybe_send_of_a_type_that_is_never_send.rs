use std::cell::Cell;

use weakref::{MaybeSend, SyncSlot};

trait Bump {
    fn bump(&self) -> u32;
}

impl Bump for Cell<u32> {
    fn bump(&self) -> u32 {
        self.replace(self.get() + 1)
    }
}

struct Arguments(&'static dyn Bump);

impl MaybeSend<SyncSlot> for Arguments {}

fn main() {}
