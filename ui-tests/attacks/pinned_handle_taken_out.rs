// error[E0277]: cannot be unpinned
//
// A pinned object that must not move, taken out of its pin.

use std::marker::PhantomPinned;
use std::pin::Pin;

use weakref::{Object, Strong};

fn main() {
    let pinned = Strong::pin(Object(PhantomPinned));
    drop(Pin::into_inner(pinned));
}
