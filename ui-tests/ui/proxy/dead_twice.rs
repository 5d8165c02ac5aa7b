#[weakref::proxy]
trait Listener {
    #[proxy(dead = 0, dead = 1)]
    fn notify(&self) -> u32;
}

fn main() {}
