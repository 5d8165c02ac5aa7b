use weakref::{Proxy, Strong, WeakReferenceable};

trait Named {
    fn name(&self) -> String;
}

#[weakref::proxy]
trait Listener: Named {
    fn notify(&self);
}

#[derive(WeakReferenceable)]
struct Log;

impl Named for Log {
    fn name(&self) -> String {
        String::new()
    }
}

impl Listener for Log {
    fn notify(&self) {}
}

fn main() {
    Proxy::new(&Strong::new(Log)).notify();
}
