// error[E0277]: the action of a finalizer must be `Send`
//
// An action that stays on its thread, of an object that does not.

use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File(String);

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() {
        let node = weakref::Strong::new(weakref::LocalObject(self.0.clone()));
        move || drop(node)
    }
}

fn main() {}
