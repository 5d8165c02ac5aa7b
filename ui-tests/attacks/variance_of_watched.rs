// error[E0308]: mismatched types
//
// A handle of a subtype with another slot.

use weakref::watch::Watched;
use weakref::{LocalSlot, SyncSlot, WeakReferenceable};

trait Call<'a> {}

impl WeakReferenceable for dyn Call<'static> {
    type Slot = LocalSlot;
}

#[expect(coherence_leak_check, reason = "what is tried")]
impl WeakReferenceable for dyn for<'a> Call<'a> {
    type Slot = SyncSlot;
}

/// The second type is a subtype of the first, and has another slot.
fn as_local(handle: Watched<dyn for<'a> Call<'a>>) -> Watched<dyn Call<'static>> {
    handle
}

fn main() {}
