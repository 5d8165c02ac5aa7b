// error[E0609]: no field `0`
//
// The value looked at before it is there.

use weakref::{Construction, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

#[derive(WeakReferenceable)]
struct Number(u8);

fn main() {
    Strong::new_cyclic(|construction: &Construction<Number>| Number(construction.0 + 1));
}
