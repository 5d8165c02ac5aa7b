trait Listener {
    fn notify(&self);
}

struct Image;

#[weakref::proxy]
impl Listener for Image {
    fn notify(&self) {}
}

fn main() {}
