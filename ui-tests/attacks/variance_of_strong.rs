// error[E0308]: mismatched types
//
// A handle of a subtype with another slot.

use weakref::{LocalSlot, Strong, SyncSlot, WeakReferenceable};

trait Call<'a> {}

impl WeakReferenceable for dyn Call<'static> {
    type Slot = LocalSlot;
}

#[expect(coherence_leak_check, reason = "what is tried")]
impl WeakReferenceable for dyn for<'a> Call<'a> {
    type Slot = SyncSlot;
}

/// The second type is a subtype of the first, and has another slot.
fn as_local(handle: Strong<dyn for<'a> Call<'a>>) -> Strong<dyn Call<'static>> {
    handle
}

fn main() {}
