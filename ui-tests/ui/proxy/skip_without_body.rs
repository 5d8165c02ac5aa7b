#[weakref::proxy]
trait Counter {
    #[proxy(skip)]
    fn count(&mut self) -> u32;
}

fn main() {}
