// error[E0277]: the action of a finalizer must be `Send`
//
// A pointer in place of a borrow.

use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File(String);

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() -> bool {
        let name = std::ptr::from_ref(&self.0);
        move || name.is_null()
    }
}

fn main() {}
