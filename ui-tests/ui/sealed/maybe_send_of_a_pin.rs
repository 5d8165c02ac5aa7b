use std::pin::Pin;

use weakref::{MaybeSend, SyncSlot};

trait Call: Fn() {}

impl MaybeSend<SyncSlot> for Pin<&'static dyn Call> {}

fn main() {}
