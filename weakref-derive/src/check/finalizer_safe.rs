//! What `#[derive(FinalizerSafe)]` refuses itself; its fields are checked where the types are known.

use syn::Data;

use super::referenceable::no_misplaced_attributes;
use crate::ctxt::Ctxt;
use crate::model::referenceable::Referent;

/// All rules.
pub(crate) fn check(ctxt: &Ctxt, referent: &Referent<'_>) {
    no_union(ctxt, referent);
    no_misplaced_attributes(ctxt, referent.input);
}

/// Nobody knows which field of a union is the one that it owns.
fn no_union(ctxt: &Ctxt, referent: &Referent<'_>) {
    if let Data::Union(data) = &referent.input.data {
        ctxt.error(
            data.union_token,
            "what a union owns is not known; wrap the value in `AssertFinalizerSafe`, or implement `FinalizerSafe` by hand",
        );
    }
}
