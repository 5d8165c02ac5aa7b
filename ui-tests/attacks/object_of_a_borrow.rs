// error[E0597]: `text` does not live long enough
//
// As `object_that_borrows`, by the type of this crate for values of any type.

use weakref::{Object, Strong};

fn main() {
    let text = String::from("borrowed");
    drop(Strong::new(Object(text.as_str())));
}
