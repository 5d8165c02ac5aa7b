// error: lifetime may not live long enough
//
// An action among arguments, where the syntax does not tell whether the call returns it.

use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close, finalizer = nested)]
struct File(String);

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() -> usize {
        Option::unwrap_or(None, move || self.0.len())
    }

    #[finalizer]
    fn nested(&self) -> impl FnOnce() -> usize {
        Box::new(Option::unwrap_or(None, move || self.0.len()))
    }
}

fn main() {}
