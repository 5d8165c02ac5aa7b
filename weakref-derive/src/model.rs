//! What a macro works on: the user's syntax nodes beside what their attributes say.

pub(crate) mod finalizer;
pub(crate) mod proxy;
pub(crate) mod referenceable;
pub(crate) mod weak;
