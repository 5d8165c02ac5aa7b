#[weakref::proxy(skip)]
trait Listener {
    fn notify(&self);
}

fn main() {}
