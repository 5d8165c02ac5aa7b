// error[E0308]: mismatched types
//
// A construction that ends without a value.

use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
enum Never {}

fn main() {
    Strong::<Never>::new_cyclic(|_| ());
}
