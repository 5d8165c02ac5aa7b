//! With the feature `leak-trace`: the value of an object on record, to be looked into while nobody ends or changes it.

use core::fmt;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::death::{pack, unpack};
use crate::referenceable::WeakReferenceable;
use crate::trace::{Visitor, is_shared, may_be_shared};

/// A value, whose type is forgotten.
pub(crate) struct Glance {
    /// G1: packed as a pointer to the type that `visit` was made for.
    value: MaybeUninit<[*mut (); 2]>,
    /// # Safety
    ///
    /// 1. As for [`visit()`], of the type that it was made for.
    visit: unsafe fn(&MaybeUninit<[*mut (); 2]>, &mut Visitor<'_>),
    /// G2: only if the value's type is `Sync`.
    is_shared: bool,
    may_be_shared: bool,
}

// SAFETY: two words and the address of a function, which do nothing by themselves; `visit` asks for the right thread.
// Asserted by the static that holds records.
unsafe impl Send for Glance {}

impl Glance {
    pub(crate) fn of<T: ?Sized + WeakReferenceable>(pointer: NonNull<T>, value: &T) -> Self {
        Self {
            value: pack(pointer),
            visit: visit::<T>,
            is_shared: is_shared(value),
            may_be_shared: may_be_shared(value),
        }
    }

    /// Whether any thread may look.
    pub(crate) fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Whether others than its thread may look at the same time.
    pub(crate) fn may_be_shared(&self) -> bool {
        self.may_be_shared
    }

    /// Shows what the value owns.
    ///
    /// # Safety
    ///
    /// 1. The value is initialised and alive, and stays so during the call.
    /// 2. Nobody has a unique reference to it.
    /// 3. This is the thread on which it was made, or [`Self::is_shared`].
    pub(crate) unsafe fn visit(&self, visitor: &mut Visitor<'_>) {
        // SAFETY: 1, packed as such (G1), alive (1), not uniquely borrowed (2), and on its thread, or of a type for which
        // that does not matter (3, G2).
        unsafe { (self.visit)(&self.value, visitor) };
    }
}

/// # Safety
///
/// 1. `value` was packed as a pointer to `T`.
/// 2. The value is initialised and alive, and stays so during the call.
/// 3. Nobody has a unique reference to it.
/// 4. This thread may have a `&T` to it.
unsafe fn visit<T: ?Sized + WeakReferenceable>(
    value: &MaybeUninit<[*mut (); 2]>,
    visitor: &mut Visitor<'_>,
) {
    // SAFETY: 1, as asked here (1).
    let value = unsafe { unpack::<T>(value) };
    // SAFETY: alive (2), and shared with nobody who may write to it (3), nor who must not share it (4).
    unsafe { value.as_ref() }.__visit(visitor);
}

impl fmt::Debug for Glance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Glance")
            .field("is_shared", &self.is_shared)
            .field("may_be_shared", &self.may_be_shared)
            .finish_non_exhaustive()
    }
}
