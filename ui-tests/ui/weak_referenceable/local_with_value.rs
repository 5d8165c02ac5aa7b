use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
#[weakref(local = true)]
struct Image;

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image>();
}
