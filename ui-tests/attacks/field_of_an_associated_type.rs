// error[E0277]: a finalizer's action may own its object through
//
// A derived type whose field is chosen by somebody else.

use weakref::{FinalizerSafe, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

trait Chosen {
    type Field;
}

impl Chosen for u8 {
    type Field = Strong<Image>;
}

#[derive(FinalizerSafe)]
struct Job<C: Chosen>(C::Field, C);

fn main() {}
