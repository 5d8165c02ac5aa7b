use weakref::{MaybeSend, SyncSlot};

trait Call: Fn() {}

impl MaybeSend<SyncSlot> for &'static dyn Call {}

fn main() {}
