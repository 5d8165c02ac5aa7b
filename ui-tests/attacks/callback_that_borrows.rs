// error[E0373]: closure may outlive the current function
//
// A callback that outlives what it looks at.

use weakref::{Object, Strong, WeakRef};

fn main() {
    let image = Strong::new(Object(1));
    let callback;
    {
        let name = String::from("name");
        callback = WeakRef::with_callback(&image, |_| println!("{name}"));
    }
    drop((image, callback));
}
