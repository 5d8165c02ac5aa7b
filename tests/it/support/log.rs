//! What happened, in order.

use std::sync::{Arc, Mutex, PoisonError};

use weakref::WeakRef;

use super::kind::{Kind, Object};

/// A shared list of events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn note(&self, event: impl Into<String>) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event.into());
    }

    /// Takes what was noted since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A callback that notes `event`.
    pub(crate) fn callback<T: ?Sized + weakref::WeakReferenceable>(
        &self,
        event: &'static str,
    ) -> impl FnOnce(&WeakRef<T>) + Send + 'static + use<T> {
        let log = self.clone();
        move |_| log.note(event)
    }

    /// A payload whose drop notes `drop name`.
    pub(crate) fn noted(&self, name: &'static str) -> Noted {
        Noted {
            name,
            log: self.clone(),
        }
    }

    /// A referent whose drop notes `drop name`.
    pub(crate) fn object<K: Kind>(&self, name: &'static str) -> weakref::Strong<Object<K, Noted>> {
        Object::strong(self.noted(name))
    }
}

/// Notes its drop.
#[derive(Clone, Debug)]
pub(crate) struct Noted {
    pub(crate) name: &'static str,
    pub(crate) log: Log,
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.log.note(format!("drop {}", self.name));
    }
}
