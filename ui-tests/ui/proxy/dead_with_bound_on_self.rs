#[weakref::proxy]
trait Listener {
    #[proxy(dead = 0)]
    fn count(&self) -> u32
    where
        Self: Sized;
}

fn main() {}
