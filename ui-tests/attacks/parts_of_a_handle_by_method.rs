// error[E0599]: no method named `into_parts`
//
// The same without the trait's name.

use weakref::{Object, Strong};

fn main() {
    let number = Strong::new(Object(1_u32));
    let _parts = number.into_parts();
}
