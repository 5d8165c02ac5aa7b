use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
#[weakref(crate)]
struct Image;

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image>();
}
