//! Collects the mistakes of one macro input, so that all of them are reported at once.

use std::cell::RefCell;
use std::fmt::Display;
use std::thread;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// The mistakes found so far. Must be asked for them, with [`Ctxt::into_compile_errors`], before it is dropped.
pub(crate) struct Ctxt {
    errors: RefCell<Option<Vec<Error>>>,
}

impl Ctxt {
    pub(crate) fn new() -> Self {
        Self {
            errors: RefCell::new(Some(Vec::new())),
        }
    }

    /// Notes a mistake at these tokens of the user.
    pub(crate) fn error(&self, at: impl ToTokens, message: impl Display) {
        self.push(Error::new_spanned(at, message));
    }

    /// Notes a mistake that carries its own place.
    pub(crate) fn push(&self, error: Error) {
        if let Some(errors) = &mut *self.errors.borrow_mut() {
            errors.push(error);
        }
    }

    /// One `compile_error!` for each mistake; nothing when there was none.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        let errors = self.errors.take().unwrap_or_default();
        errors.iter().map(Error::to_compile_error).collect()
    }
}

impl Drop for Ctxt {
    fn drop(&mut self) {
        let reported = self.errors.borrow().is_none();
        assert!(
            reported || thread::panicking(),
            "weakref-derive forgot to report the mistakes it found"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn a_mistake_that_nobody_asks_for_is_survived() {
        assert!(catch_unwind(|| drop(Ctxt::new())).is_err());
        assert!(catch_unwind(|| Ctxt::new().into_compile_errors()).is_ok());
    }
}
