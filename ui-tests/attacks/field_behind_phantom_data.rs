// error[E0277]: a finalizer's action may own its object through
//
// A field that is there beside what only looks like it.

use std::marker::PhantomData;

use weakref::{FinalizerSafe, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

#[derive(FinalizerSafe)]
struct Job<T: 'static> {
    only_said: PhantomData<T>,
    real: Option<Box<(u8, Strong<Image>)>>,
}

fn main() {}
