use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File;

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct Socket<T>(T);

fn main() {}
