#[weakref::proxy]
trait Counter {
    #[proxy(skip = true)]
    fn count(&mut self) -> u32 {
        1
    }
}

fn main() {}
