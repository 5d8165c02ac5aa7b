//! One file for each macro, one function for each rule that its model must keep. They note mistakes and change nothing.

mod borrow;
pub(crate) mod finalizer;
pub(crate) mod finalizer_safe;
mod locals;
pub(crate) mod proxy;
pub(crate) mod referenceable;
mod tail;
mod uses;
pub(crate) mod weak;
