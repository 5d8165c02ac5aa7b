use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Image;

#[weakref::proxy(pub trait ImageProxy)]
impl Image {
    pub(crate) fn height(&self) -> usize {
        1
    }

    fn width(&self) -> usize {
        self.height()
    }
}

fn main() {
    Image.width();
}
