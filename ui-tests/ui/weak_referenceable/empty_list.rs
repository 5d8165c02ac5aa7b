use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
#[weakref()]
struct Image;

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image>();
}
