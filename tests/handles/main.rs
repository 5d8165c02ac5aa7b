//! What handles have in common with `Rc`, `Arc` and their weak references: in both flavours, and for objects of both
//! layouts.

mod convert;
mod generic;
mod make_mut;
mod proxy;
mod raw;
mod start;
mod streams;
mod travel;
mod uninit;
mod wakers;

/// Too large for its header's allocation.
type Large = [u64; 32];

/// Writes tests once for each flavour; `$object` is its newtype.
macro_rules! in_both_flavours {
    ($object:ident: $($tests:item)*) => {
        mod sync {
            use super::*;
            use weakref::Object as $object;

            $($tests)*
        }

        mod local {
            use super::*;
            use weakref::LocalObject as $object;

            $($tests)*
        }
    };
}
pub(crate) use in_both_flavours;
