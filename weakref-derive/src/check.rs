//! One file for each macro, one function for each rule that its model must keep. They note mistakes and change nothing.

pub(crate) mod referenceable;
