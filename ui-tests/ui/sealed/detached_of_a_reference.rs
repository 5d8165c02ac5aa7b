use weakref::__private::Detached;
use weakref::SyncSlot;

trait Act: Fn() {}

impl Detached<SyncSlot> for &'static dyn Act {}

fn main() {}
