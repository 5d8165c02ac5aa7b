//! What `#[derive(WeakReferenceable)]` refuses.

use syn::{Attribute, Data, DeriveInput, Fields, GenericParam};

use crate::attr::weakref::is_weakref;
use crate::ctxt::Ctxt;
use crate::model::referenceable::Referent;

/// All rules.
pub(crate) fn check(ctxt: &Ctxt, referent: &Referent<'_>) {
    no_union(ctxt, referent.input);
    no_lifetimes(ctxt, referent.input);
    no_misplaced_attributes(ctxt, referent.input);
}

/// A union never drops its fields, and the death of an object is above all their drop.
fn no_union(ctxt: &Ctxt, input: &DeriveInput) {
    if let Data::Union(data) = &input.data {
        ctxt.error(
            data.union_token,
            "a union cannot be weak-referenceable; put it into a struct and derive there",
        );
    }
}

/// The memory and the queue of the dead may keep an object past the end of any borrow in it.
fn no_lifetimes(ctxt: &Ctxt, input: &DeriveInput) {
    for param in input.generics.lifetimes() {
        let lifetime = &param.lifetime;
        ctxt.error(
            lifetime,
            format!(
                "a weak-referenceable type cannot borrow for `{lifetime}`, because its death may come after that; \
                 own the data, or share it in an `Arc` or `Rc`"
            ),
        );
    }
}

/// `#[weakref(…)]` speaks about the whole type.
pub(super) fn no_misplaced_attributes(ctxt: &Ctxt, input: &DeriveInput) {
    let refuse = |attrs: &[Attribute], place: &str| {
        for attr in attrs.iter().filter(|attr| is_weakref(attr)) {
            ctxt.error(
                attr,
                format!(
                    "`#[weakref]` has no meaning on {place}; put it above `{}` itself",
                    input.ident
                ),
            );
        }
    };
    let refuse_on = |fields: &Fields| {
        for field in fields {
            refuse(&field.attrs, "a field");
        }
    };

    for param in &input.generics.params {
        match param {
            GenericParam::Lifetime(param) => refuse(&param.attrs, "a lifetime parameter"),
            GenericParam::Type(param) => refuse(&param.attrs, "a type parameter"),
            GenericParam::Const(param) => refuse(&param.attrs, "a const parameter"),
        }
    }
    match &input.data {
        Data::Struct(data) => refuse_on(&data.fields),
        Data::Union(data) => refuse_on(&Fields::Named(data.fields.clone())),
        Data::Enum(data) => {
            for variant in &data.variants {
                refuse(&variant.attrs, "a variant");
                refuse_on(&variant.fields);
            }
        }
    }
}
