use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
enum Image {
    Pixels(#[weakref(local)] Vec<u8>),
}

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image>();
}
