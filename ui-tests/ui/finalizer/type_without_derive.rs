use weakref::finalizer;

struct File;

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() {
        || {}
    }
}

fn main() {}
