#[weakref::proxy]
trait Listener {
    #[proxy(skip, dead = 0)]
    fn count(&self) -> u32 {
        1
    }
}

fn main() {}
