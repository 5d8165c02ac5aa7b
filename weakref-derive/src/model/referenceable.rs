//! The input of the derives.

use syn::DeriveInput;

use crate::attr::weakref::TypeOptions;
use crate::ctxt::Ctxt;

/// A type beside what `#[weakref(…)]` says about it.
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
