use weakref::SyncSlot;
use weakref::__private::Detached;

trait Act: Fn() {}

impl Detached<SyncSlot> for &'static dyn Act {}

fn main() {}
