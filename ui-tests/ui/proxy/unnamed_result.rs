#[weakref::proxy]
trait Numbers {
    fn numbers(&self) -> impl Iterator<Item = u32>;
}

fn main() {}
