use weakref::{MaybeSend, SyncSlot};

trait Call: Fn() {}

impl MaybeSend<SyncSlot> for dyn Call {}

fn main() {}
