//! What the fuzzers play: scripts of bytes, beside a model that knows what must come of them.
//!
//! A script's bytes are read by whoever runs, nested user code included: a `Drop` or a callback goes on with
//! what is left of the script. So every input is a script, and a byte more or less leaves the rest as it was.
//! How the fuzzers are built and run is in `README.md`.

pub mod containers;
pub mod input;
pub mod macros;
pub mod pointers;
pub mod threads;

/// The sources of the macros: their crate exports macros and nothing else.
#[path = "../../../weakref-derive/src"]
mod derive {
    pub(crate) mod attr;
    pub(crate) mod bound;
    pub(crate) mod check;
    pub(crate) mod ctxt;
    pub(crate) mod emit;
    pub(crate) mod expand;
    pub(crate) mod krate;
    pub(crate) mod model;
    pub(crate) mod word;
}

use derive::{attr, bound, check, ctxt, emit, expand, krate, model, word};
