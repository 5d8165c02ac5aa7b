// error[E0382]: use of moved value
//
// The same without a clone.

use weakref::{Object, Strong, finalize_with};

fn main() {
    let object = Strong::new(Object(1));
    let (_, action) = finalize_with(&object, drop, 1).detach().unwrap();
    action.run();
    action.run();
}
