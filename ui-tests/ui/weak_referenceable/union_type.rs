use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
union Image {
    gray: u8,
    color: [u8; 3],
}

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image>();
}
