// error[E0277]: the action of a finalizer must be `Send`
//
// The hidden function that the attribute writes, without the attribute.

use std::rc::Rc;

use weakref::{Construction, FinalizerKey, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File;

impl File {
    fn attach_finalizer_close_by_weakref_attribute(construction: &Construction<Self>, _: &Self) {
        let name = Rc::new(1);
        weakref::__private::attach(construction, FinalizerKey::new("close"), true, move || {
            drop(name)
        });
    }
}

fn main() {}
