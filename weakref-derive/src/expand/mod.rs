//! One file for each macro; what it expands to stands above each generator.

pub(crate) mod referenceable;
