use weakref::finalizer;

trait Close {
    #[finalizer]
    fn close(&self) -> impl FnOnce();
}

fn main() {}
