use std::pin::Pin;

use weakref::__private::Detached;
use weakref::SyncSlot;

trait Act: Fn() {}

impl Detached<SyncSlot> for Pin<Box<dyn Act>> {}

fn main() {}
