//! Names as the compiler compares them: `r#close` is `close`. Keywords of the language have no `r#` and need none of this.

use proc_macro2::Ident;
use syn::Path;
use syn::ext::IdentExt as _;

/// Whether two tokens are the same name.
pub(crate) fn is_same(one: &Ident, other: &Ident) -> bool {
    one.unraw() == other.unraw()
}

/// Whether a token is this name.
pub(crate) fn is(name: &Ident, word: &str) -> bool {
    name.unraw() == word
}

/// Whether a path is this name alone.
pub(crate) fn is_path(path: &Path, word: &str) -> bool {
    path.get_ident().is_some_and(|name| is(name, word))
}

/// The name without `r#`.
pub(crate) fn text(name: &Ident) -> String {
    name.unraw().to_string()
}
