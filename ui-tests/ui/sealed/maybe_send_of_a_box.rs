use weakref::{MaybeSend, SyncSlot};

trait Call: FnOnce() {}

impl MaybeSend<SyncSlot> for Box<dyn Call> {}

fn main() {}
