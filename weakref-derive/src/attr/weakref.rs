//! `#[weakref(…)]` on a type.

use syn::parse::{Parse as _, ParseStream, Parser as _};
use syn::{Attribute, Error, Ident, Meta, Path, Result};

use super::{crate_path, each_key, no_value, once, unknown, value};
use crate::ctxt::Ctxt;
use crate::word;

/// What `#[weakref(…)]` says about a type.
#[derive(Default)]
pub(crate) struct TypeOptions {
    /// `local`: the slot of a single-threaded type.
    pub(crate) local: Option<Ident>,
    /// `finalizer = name`, in the order written.
    pub(crate) finalizers: Vec<Ident>,
    /// `crate = path`.
    pub(crate) krate: Option<Path>,
}

impl TypeOptions {
    /// Reads all `#[weakref(…)]` attributes of a type.
    pub(crate) fn read(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut options = Self::default();
        for attr in attrs.iter().filter(|attr| is_weakref(attr)) {
            let list = match &attr.meta {
                Meta::List(list) if !list.tokens.is_empty() => list,
                Meta::List(_) | Meta::Path(_) => {
                    ctxt.error(attr, "`#[weakref]` says nothing here; remove it, or name a key, as in `#[weakref(local)]`");
                    continue;
                }
                Meta::NameValue(_) => {
                    ctxt.error(attr, "`#[weakref]` takes its keys in parentheses; write `#[weakref(key = value)]`");
                    continue;
                }
            };
            let keys = |input: ParseStream<'_>| {
                each_key(ctxt, input, |key, input| options.read_key(key, input));
                Ok(())
            };
            if let Err(error) = keys.parse2(list.tokens.clone()) {
                ctxt.push(error);
            }
        }
        options
    }

    fn read_key(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        match key.to_string().as_str() {
            "local" => {
                no_value(key, input)?;
                once(key, self.local.is_none())?;
                self.local = Some(key.clone());
            }
            "finalizer" => {
                let name = value(
                    key,
                    input,
                    "the plain name of a method",
                    "method_name",
                    Ident::parse,
                )?;
                if self
                    .finalizers
                    .iter()
                    .any(|other| word::is_same(other, &name))
                {
                    let message =
                        format!("the finalizer `{name}` is attached twice; remove one of the two");
                    return Err(Error::new(name.span(), message));
                }
                self.finalizers.push(name);
            }
            "crate" => {
                let path = crate_path(key, input)?;
                once(key, self.krate.is_none())?;
                self.krate = Some(path);
            }
            _ => {
                return Err(unknown(
                    key,
                    "`local`, `finalizer = method_name` and `crate = path`",
                ));
            }
        }
        Ok(())
    }
}

/// Whether this is the derive's own attribute.
pub(crate) fn is_weakref(attr: &Attribute) -> bool {
    word::is_path(attr.path(), "weakref")
}
