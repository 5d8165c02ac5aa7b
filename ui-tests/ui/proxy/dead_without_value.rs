#[weakref::proxy]
trait Listener {
    #[proxy(dead)]
    fn notify(&self);
}

fn main() {}
