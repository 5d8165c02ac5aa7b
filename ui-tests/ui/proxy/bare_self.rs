#[weakref::proxy]
trait Shape {
    fn overlaps(&self, others: &[Self]) -> bool
    where
        Self: Sized + 'static;

    fn larger(&self, other: &Self) -> bool;
}

fn main() {}
