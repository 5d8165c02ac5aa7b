use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Image<#[weakref(local)] const N: usize>([u8; N]);

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image<4>>();
}
