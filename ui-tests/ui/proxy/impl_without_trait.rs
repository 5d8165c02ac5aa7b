struct Image;

#[weakref::proxy]
impl Image {
    pub fn size(&self) -> usize {
        1
    }
}

fn main() {}
