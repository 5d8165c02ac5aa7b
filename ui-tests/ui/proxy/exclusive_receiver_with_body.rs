#[weakref::proxy]
trait Counter {
    fn count(&mut self) -> u32 {
        1
    }
}

fn main() {}
