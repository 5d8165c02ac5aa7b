// error: lifetime may not live long enough
//
// The reference as a type parameter.

use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File(String);

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() -> usize {
        generic(self)
    }
}

fn generic<T: AsRef<str> + Send>(name: T) -> impl FnOnce() -> usize + Send {
    move || name.as_ref().len()
}

impl AsRef<str> for File {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

fn main() {}
