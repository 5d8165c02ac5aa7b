#[weakref::proxy]
trait Listener {
    #[proxy]
    fn notify(&self);
}

fn main() {}
