// error: lifetime may not live long enough
//
// A boxed closure that borrows.

use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File(String);

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() -> usize {
        let name: Box<dyn FnOnce() -> usize + Send + '_> = boxed(&self.0);
        name
    }
}

fn boxed<'a>(name: &'a str) -> Box<dyn FnOnce() -> usize + Send + 'a> {
    Box::new(move || name.len())
}

fn main() {}
