//! `#[finalizer(…)]`.

use proc_macro2::TokenStream;
use syn::parse::{Parse as _, ParseStream, Parser as _};
use syn::{Ident, LitBool, Path, Result};

use super::{crate_path, each_key, once, unknown, value};
use crate::ctxt::Ctxt;

/// What stands in the parentheses of `#[finalizer(…)]`.
#[derive(Default)]
pub(crate) struct FinalizerOptions {
    /// `at_exit = bool`.
    pub(crate) at_exit: Option<Keyed<LitBool>>,
    /// `key = NAME`, the name of the constant.
    pub(crate) key: Option<Keyed<Ident>>,
    /// `crate = path`.
    pub(crate) krate: Option<Path>,
}

/// A value beside the key that it was given for.
pub(crate) struct Keyed<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

impl FinalizerOptions {
    pub(crate) fn read(ctxt: &Ctxt, arguments: TokenStream) -> Self {
        let mut options = Self::default();
        let keys = |input: ParseStream<'_>| {
            each_key(ctxt, input, |key, input| options.read_key(key, input));
            Ok(())
        };
        if let Err(error) = keys.parse2(arguments) {
            ctxt.push(error);
        }
        options
    }

    fn read_key(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        match key.to_string().as_str() {
            "at_exit" => {
                let value = value(key, input, "`true` or `false`", "false", LitBool::parse)?;
                once(key, self.at_exit.is_none())?;
                let key = key.clone();
                self.at_exit = Some(Keyed { key, value });
            }
            "key" => {
                let what = "the plain name of a constant";
                let value = value(key, input, what, "CONSTANT_NAME", Ident::parse)?;
                once(key, self.key.is_none())?;
                let key = key.clone();
                self.key = Some(Keyed { key, value });
            }
            "crate" => {
                let path = crate_path(key, input)?;
                once(key, self.krate.is_none())?;
                self.krate = Some(path);
            }
            _ => {
                let known = "`at_exit = bool`, `key = CONSTANT_NAME` and `crate = path`";
                return Err(unknown(key, known));
            }
        }
        Ok(())
    }
}
