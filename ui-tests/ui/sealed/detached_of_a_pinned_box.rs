use std::pin::Pin;

use weakref::SyncSlot;
use weakref::__private::Detached;

trait Act: Fn() {}

impl Detached<SyncSlot> for Pin<Box<dyn Act>> {}

fn main() {}
