// error[E0599]: no method named `clone`
//
// An action that would run twice.

use weakref::{Object, Strong, finalize_with};

fn main() {
    let object = Strong::new(Object(1));
    let (_, action) = finalize_with(&object, drop, 1).detach().unwrap();
    action.clone().run();
    action.run();
}
