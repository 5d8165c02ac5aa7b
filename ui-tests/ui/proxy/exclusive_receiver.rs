#[weakref::proxy]
trait Counter {
    fn count(&mut self) -> u32;
}

fn main() {}
