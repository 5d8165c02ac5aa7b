// error[E0133]: call to unsafe function
//
// The function behind the macro, called with any conversion.

use weakref::{Object, Strong};

fn main() {
    let number = Strong::new(Object(1_u32));
    weakref::__private::coerce::<_, Object<u64>>(number, |value| value.cast());
}
