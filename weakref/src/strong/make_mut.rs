//! Values that `make_mut` can clone into a new object.

use super::Strong;
use crate::object::{LocalObject, Object};
use crate::referenceable::WeakReferenceable;

/// What is `Clone`, and slices and `str`, whose clone has no place but a new object.
///
/// Nothing relies on what it does: [`Strong::make_mut`] asks whether the new handle is the only one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cloned into a new object",
    label = "is not `Clone`",
    note = "`Strong::make_mut` clones the value if there are other handles: derive `Clone`, or ask `Strong::get_mut`"
)]
#[expect(unnameable_types, reason = "nobody else implements it")]
pub trait CloneValue: WeakReferenceable {
    /// A new object, of which this is the one handle.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn to_strong(&self) -> Strong<Self>;
}

impl<T: WeakReferenceable + Clone> CloneValue for T {
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn to_strong(&self) -> Strong<Self> {
        Strong::new(self.clone())
    }
}

macro_rules! clone_value {
    ($($object:ident)*) => {$(
        impl<T: Clone + 'static> CloneValue for $object<[T]> {
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn to_strong(&self) -> Strong<Self> {
                Strong::from(&self.0)
            }
        }

        impl CloneValue for $object<str> {
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn to_strong(&self) -> Strong<Self> {
                Strong::from(&self.0)
            }
        }
    )*};
}

clone_value!(Object LocalObject);
