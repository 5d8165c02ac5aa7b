use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
enum Image {
    #[weakref(local)]
    Pixels(Vec<u8>),
}

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image>();
}
