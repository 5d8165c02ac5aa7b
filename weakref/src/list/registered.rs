//! What is registered on an object, for the feature `leak-trace`.

use super::{INLINE, Locked, tag};
use crate::slot::{Header, Slot};
use crate::token::Origin;

/// Something that is registered.
#[derive(Clone, Copy)]
pub(crate) enum Registered {
    Callback(Origin),
    Finalizer(Origin),
    Entry,
}

impl<S: Slot> Locked<'_, S> {
    /// Whether a registration stands in the inline berth.
    fn has_inline(&self) -> bool {
        match self.newest() {
            Some(newest) => !newest.links().carried.is_null(),
            None => tag(self.link()) == INLINE,
        }
    }

    /// Adds what is registered, newest first, if there is room for it; else says how much is needed.
    fn add_to(&self, all: &mut Vec<Registered>) -> Result<(), usize> {
        let count = self.nodes().count() + usize::from(self.has_inline());
        if all.capacity() - all.len() < count {
            return Err(count);
        }
        for node in self.nodes() {
            all.push(match node.action() {
                None => Registered::Entry,
                Some(action) if action.is_finalizer => Registered::Finalizer(node.origin()),
                Some(_) => Registered::Callback(node.origin()),
            });
        }
        if self.has_inline() {
            all.push(Registered::Entry);
        }
        Ok(())
    }
}

/// All that is registered on an object; nothing after its death. Under the lock nothing is allocated.
///
/// # Safety
///
/// 1. `header` is an object's, and the caller holds a unit of its block throughout.
pub(crate) unsafe fn registered<S: Slot>(header: *mut Header<S>) -> Vec<Registered> {
    let mut all = Vec::new();
    loop {
        // SAFETY: 1, an object's, whose block the caller's unit holds (1).
        let locked = unsafe { Locked::new(header) };
        let added = locked.add_to(&mut all);
        drop(locked);
        match added {
            Ok(()) => return all,
            Err(count) => all.reserve(count),
        }
    }
}
