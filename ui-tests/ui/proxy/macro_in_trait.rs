macro_rules! methods {
    () => {
        fn size(&self) -> usize;
    };
}

#[weakref::proxy]
trait Sized {
    methods!();
}

fn main() {}
