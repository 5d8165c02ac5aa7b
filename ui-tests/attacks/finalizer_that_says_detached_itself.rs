// error[E0277]: the action of a finalizer must be `Send`
//
// The bound of the other slot beside that of its own.

use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File(String);

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() + weakref::__private::Detached<weakref::LocalSlot> {
        let name = std::rc::Rc::new(self.0.clone());
        move || drop(name)
    }
}

fn main() {}
