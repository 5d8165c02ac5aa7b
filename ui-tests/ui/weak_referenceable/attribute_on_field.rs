use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Image {
    #[weakref(local)]
    pixels: Vec<u8>,
}

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image>();
}
