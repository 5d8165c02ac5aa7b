use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Image<#[weakref(local)] T>(T);

fn referable<T: WeakReferenceable>() {}

fn main() {
    referable::<Image<u8>>();
}
