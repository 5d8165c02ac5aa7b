use weakref::{Proxy, Strong, WeakReferenceable};

#[weakref::proxy]
trait Listener {
    fn notify(&self);
}

#[derive(WeakReferenceable)]
struct Log;

fn subscribe(_: impl Listener) {}

fn main() {
    let log = Strong::new(Log);
    subscribe(Proxy::new(&log));
}
