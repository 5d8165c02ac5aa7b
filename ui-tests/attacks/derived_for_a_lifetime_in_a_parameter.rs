// error[E0597]: does not live long enough
// error[E0505]: cannot move out of
//
// A type parameter that borrows.

use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image<T>(T);

fn main() {
    let name = String::from("name");
    let image = Strong::new(Image(&name));
    drop(name);
    drop(image);
}
