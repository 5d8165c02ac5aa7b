use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
#[weakref(local crate = weakref)]
struct Image;

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image>();
}
