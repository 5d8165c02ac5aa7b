#[weakref::proxy]
trait Listener {
    #[proxy(panic)]
    fn notify(&self);
}

fn main() {}
