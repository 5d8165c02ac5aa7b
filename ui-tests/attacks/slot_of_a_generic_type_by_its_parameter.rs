// error[E0277]: the trait bound
//
// A slot chosen by a stranger's type.

use std::marker::PhantomData;

use weakref::WeakReferenceable;

struct Image<S>(PhantomData<S>);

impl<S: 'static> WeakReferenceable for Image<S> {
    type Slot = S;
}

fn main() {}
