// error: lifetime may not live long enough
//
// A helper whose result captures the borrow unsaid.

use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File(String);

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() -> usize {
        length(&self.0)
    }
}

fn length(name: &str) -> impl FnOnce() -> usize + Send {
    move || name.len()
}

fn main() {}
