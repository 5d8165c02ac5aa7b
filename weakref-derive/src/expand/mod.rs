//! One file for each macro; what it expands to stands above each generator.

pub(crate) mod finalizer;
pub(crate) mod finalizer_safe;
pub(crate) mod proxy;
pub(crate) mod referenceable;
pub(crate) mod weak;
