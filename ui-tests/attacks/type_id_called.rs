// error[E0603]: module `construct` is private
//
// The hidden method called with a token of its own.

use weakref::{Object, WeakReferenceable};

fn main() {
    Object(1).__type_id(weakref::construct::Internal);
}
