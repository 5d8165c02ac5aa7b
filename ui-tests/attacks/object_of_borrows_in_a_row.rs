// error[E0597]: `text` does not live long enough
//
// As `object_that_borrows`, many in one.

use weakref::{Object, Strong};

fn main() {
    let text = String::from("borrowed");
    let words: Strong<Object<[&str]>> = text.split(' ').collect();
    drop(words);
}
