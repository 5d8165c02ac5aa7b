//! What a macro works on: the user's syntax nodes beside what their attributes say.

use syn::DeriveInput;

use crate::attr::weakref::TypeOptions;
use crate::ctxt::Ctxt;

/// A type that derives `WeakReferenceable`.
pub(crate) struct Referent<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) options: TypeOptions,
}

impl<'a> Referent<'a> {
    pub(crate) fn read(ctxt: &Ctxt, input: &'a DeriveInput) -> Self {
        Self {
            input,
            options: TypeOptions::read(ctxt, &input.attrs),
        }
    }
}
