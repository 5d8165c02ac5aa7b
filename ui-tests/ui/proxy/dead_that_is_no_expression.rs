#[weakref::proxy]
trait Listener {
    #[proxy(dead = fn)]
    fn notify(&self);
}

fn main() {}
