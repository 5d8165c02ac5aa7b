#[weakref::proxy]
trait Shape {
    fn same(&self)
    where
        Self: Clone;
}

fn main() {}
