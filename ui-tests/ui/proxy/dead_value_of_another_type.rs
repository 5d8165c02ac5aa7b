#[weakref::proxy]
trait Listener {
    #[proxy(dead = "none")]
    fn notify(&self) -> u32;
}

fn main() {}
