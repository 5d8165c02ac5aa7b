use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
#[weakref(local, local)]
struct Image;

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image>();
}
