// error[E0308]: mismatched types
//
// A container of handles of a subtype with another slot.

use weakref::{LocalSlot, SyncSlot, WeakReferenceable};
use weakref_containers::WeakValueMap;

trait Call<'a> {}

impl WeakReferenceable for dyn Call<'static> {
    type Slot = LocalSlot;
}

#[expect(coherence_leak_check, reason = "what is tried")]
impl WeakReferenceable for dyn for<'a> Call<'a> {
    type Slot = SyncSlot;
}

/// The second type is a subtype of the first, and has another slot.
fn as_local(handle: WeakValueMap<u8, dyn for<'a> Call<'a>>) -> WeakValueMap<u8, dyn Call<'static>> {
    handle
}

fn main() {}
