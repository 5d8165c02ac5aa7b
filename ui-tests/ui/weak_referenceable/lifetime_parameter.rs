use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Image<'a> {
    pixels: &'a [u8],
}

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image<'static>>();
}
