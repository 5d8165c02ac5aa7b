use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
#[weakref(crate = weakref)]
#[weakref(crate = weakref)]
struct Image;

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image>();
}
