// error[E0596]: cannot borrow
//
// Two of them exchanged.

use weakref::{Construction, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    Strong::new_cyclic(|one: &Construction<Image>| {
        Strong::new_cyclic(|other: &Construction<Image>| {
            std::mem::swap(&mut *one, &mut *other);
            Image
        });
        Image
    });
}
