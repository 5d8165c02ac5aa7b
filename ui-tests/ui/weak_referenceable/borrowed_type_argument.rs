use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Image<T>(T);

fn referable<T: WeakReferenceable>(_: T) {}

fn main() {
    let pixels = vec![0_u8; 4];
    referable(Image(&pixels));
}
