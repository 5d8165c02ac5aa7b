use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
#[weakref(sync)]
struct Image;

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image>();
}
