// error[E0603]: module `raw` is private
//
// The layer that dereferences.

use weakref::raw::allocate;

fn main() {}
