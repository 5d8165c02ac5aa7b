use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
#[weakref(lokal, local, crate)]
struct Image<'a> {
    #[weakref(local)]
    pixels: &'a [u8],
}

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image<'static>>();
}
