//! The plain object of the tests that need nothing of their objects.

use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Object(pub(crate) u32);

pub(crate) fn objects(count: u32) -> Vec<Strong<Object>> {
    (0..count).map(|n| Strong::new(Object(n))).collect()
}
