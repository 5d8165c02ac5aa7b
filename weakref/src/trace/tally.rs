//! What a container has of its own, which it says itself: a report waits for no lock of it, and may be made by any thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::table;
use super::visit::{Visitor, Why};
use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;

/// How many strong handles a container keeps alive by itself, in objects that are its parts.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<AtomicUsize>);

/// What was said of a part.
pub(super) struct Told {
    tally: Tally,
    /// The type of the handles that are counted.
    kept: &'static str,
    held: Held,
}

/// The names of fields, and of what may be a handle in there.
type Held = [(&'static str, Option<&'static str>); 2];

impl Tally {
    /// Of a container that keeps none.
    pub fn new() -> Self {
        Self::default()
    }

    /// One handle more.
    pub fn add(&self) {
        // Relaxed: a report says what was true at some time.
        self.0.fetch_add(1, Relaxed);
    }

    /// One handle less.
    pub fn sub(&self) {
        self.0.fetch_sub(1, Relaxed);
    }

    /// Whether there is none.
    pub fn is_zero(&self) -> bool {
        self.0.load(Relaxed) == 0
    }

    /// Says what `part` may own, instead of its value: what is counted, of the type `kept`, and what is in the fields that are
    /// `held` and of a type that has a name there. In reports it is called a `container`.
    pub fn tell<T: ?Sized + WeakReferenceable>(
        &self,
        part: &Strong<T>,
        container: &'static str,
        kept: &'static str,
        held: Held,
    ) {
        let told = Told {
            tally: self.clone(),
            kept,
            held,
        };
        table::tell(Strong::id(part).address(), container, told);
    }
}

impl Told {
    pub(super) fn show(&self, visitor: &mut Visitor<'_>) {
        for (field, type_name) in self.held {
            if let Some(type_name) = type_name {
                visitor.hide_field(field, type_name, Why::Type);
            }
        }
        if !self.tally.is_zero() {
            visitor.hide_field("strong_tier", self.kept, Why::Type);
        }
    }
}
