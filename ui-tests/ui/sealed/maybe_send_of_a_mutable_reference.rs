use weakref::{MaybeSend, SyncSlot};

trait Call: FnMut() {}

impl MaybeSend<SyncSlot> for &'static mut dyn Call {}

fn main() {}
