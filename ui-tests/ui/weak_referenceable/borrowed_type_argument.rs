use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image<T>(T);

fn main() {
    let pixels = vec![0_u8; 4];
    Strong::new(Image(&pixels));
}
