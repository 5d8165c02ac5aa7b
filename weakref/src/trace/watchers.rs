//! What is registered on an object, with the places at which it was made.

use core::panic::Location;

use super::token::Origin;
use crate::list::Registered;

/// What may be registered on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum What {
    /// A callback: it may own the object, which keeps it alive for ever.
    Callback,
    /// A finalizer, held or not.
    Finalizer,
    /// An entry of a weak container. Where it was made is not known.
    Entry,
}

/// Registrations of the same kind, made at the same place.
///
/// See [`Holders::watchers`](super::Holders::watchers).
#[derive(Clone, Debug)]
pub struct Watcher {
    what: What,
    place: Option<&'static Location<'static>>,
    count: usize,
}

impl Watcher {
    /// What they are.
    pub fn what(&self) -> What {
        self.what
    }

    /// Where they were made; of containers' entries it is not known.
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.place
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Counts what is registered by place, in the order in which it came.
pub(super) fn by_place(all: Vec<Registered>) -> Vec<Watcher> {
    let mut watchers: Vec<Watcher> = Vec::new();
    for registered in all {
        let (what, place) = match registered {
            Registered::Callback(Origin(place)) => (What::Callback, Some(place)),
            Registered::Finalizer(Origin(place)) => (What::Finalizer, Some(place)),
            Registered::Entry => (What::Entry, None),
        };
        let known = watchers
            .iter_mut()
            .find(|watcher| watcher.what == what && watcher.place == place);
        match known {
            Some(watcher) => watcher.count += 1,
            None => watchers.push(Watcher {
                what,
                place,
                count: 1,
            }),
        }
    }
    watchers
}
