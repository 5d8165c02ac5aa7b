#[weakref::proxy]
trait Listener {
    #[proxy(dead = 0)]
    fn count() -> u32;
}

fn main() {}
