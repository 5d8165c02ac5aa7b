//! Graveyards.

use std::cell::RefCell;

use weakref::watch::{Graveyard, Watched};
use weakref::{Strong, WeakReferenceable};

use crate::support::in_all_kinds;
use crate::support::kind::Kind;

in_all_kinds!(registration_may_end_inside_the_drop_of_its_referent);

fn registration_may_end_inside_the_drop_of_its_referent<K: Kind>() {
    struct Owner<K: Kind> {
        entry: RefCell<Option<Watched<Owner<K>>>>,
        number: Box<u32>,
        _body: K::Body,
    }
    impl<K: Kind> WeakReferenceable for Owner<K> {
        type Slot = K::Slot;
    }
    impl<K: Kind> Drop for Owner<K> {
        fn drop(&mut self) {
            *self.number += 1;
            self.entry.take();
            *self.number += 1;
        }
    }
    let mut graveyard = Graveyard::new();
    let strong = Strong::new(Owner::<K> {
        entry: RefCell::default(),
        number: Box::new(0),
        _body: K::Body::default(),
    });
    strong.entry.replace(Some(graveyard.watch(&strong, 1)));
    drop(strong);
    assert_eq!(graveyard.dead(), 0);
    assert_eq!(graveyard.next_dead(), None);
}
