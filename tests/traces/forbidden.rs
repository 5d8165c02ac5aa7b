//! The derive where an `allow` in its expansion would be an error.

#![forbid(
    unused_imports,
    unused_variables,
    unused_braces,
    nonstandard_style,
    rust_2018_idioms,
    deprecated
)]
#![forbid(unused_qualifications, single_use_lifetimes)]
#![forbid(clippy::all, clippy::wildcard_imports, clippy::items_after_statements)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use weakref::{Strong, WeakRef, WeakReferenceable};

use super::Leaf;

/// A field for each way in which one is looked at.
#[derive(WeakReferenceable)]
#[weakref(local)]
struct Plain {
    leaf: RefCell<Option<Strong<Leaf>>>,
    weak: WeakRef<Leaf>,
    number: Cell<u8>,
    hidden: Rc<u8>,
}

#[derive(WeakReferenceable)]
struct Empty;

/// What is known of it, where it is not `Sync`, is asked with its argument.
#[derive(WeakReferenceable)]
enum Perhaps<T> {
    One(T),
}

/// Without end, so that nothing is asked.
#[derive(WeakReferenceable)]
struct Unasked<T: 'static> {
    next: Option<&'static Unasked<Option<T>>>,
    value: T,
    second: Strong<Leaf>,
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Local {
    first: Strong<Leaf>,
}

#[test]
fn no_lint_is_allowed_in_an_expansion() {
    let leaf = Strong::new(Leaf);
    let plain = Strong::new(Plain {
        leaf: RefCell::new(Some(leaf.clone())),
        weak: Strong::downgrade(&leaf),
        number: Cell::new(1),
        hidden: Rc::new(1),
    });
    let local = Strong::new(Local {
        first: leaf.clone(),
    });
    let perhaps = Strong::new(Perhaps::One(leaf.clone()));
    let unasked = Strong::new(Unasked::<u8> {
        next: None,
        value: 1,
        second: leaf.clone(),
    });
    let _empty = Strong::new(Empty);
    assert_eq!(
        super::fields(&Strong::holders(&leaf)),
        [("first", 1), ("leaf", 1), ("second", 1)]
    );
    assert!(plain.weak.is_alive() && plain.leaf.borrow().is_some());
    assert_eq!((plain.number.get(), *plain.hidden), (1, 1));
    let Perhaps::One(one) = &*perhaps;
    assert!(Strong::ptr_eq(one, &local.first) && Strong::ptr_eq(one, &unasked.second));
    assert!(unasked.next.is_none() && unasked.value == 1);
}
