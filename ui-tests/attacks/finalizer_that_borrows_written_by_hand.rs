// error[E0521]: borrowed data escapes outside of associated function
//
// The same, with an action that borrows the object.

use weakref::{Construction, FinalizerKey, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File(String);

impl File {
    fn attach_finalizer_close_by_weakref_attribute(construction: &Construction<Self>, value: &Self) {
        weakref::__private::attach(construction, FinalizerKey::new("close"), true, || {
            value.0.len()
        });
    }
}

fn main() {}
