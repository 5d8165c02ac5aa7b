#[weakref::proxy]
trait Shape {
    type Copy
    where
        Self: Clone;
    type Corner
    where
        Self: Sized;
    fn area(&self) -> u32;
}

fn main() {}
