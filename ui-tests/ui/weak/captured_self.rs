use weakref::{Strong, WeakReferenceable, weak};

#[derive(WeakReferenceable)]
struct Button;

trait Press {
    fn press(&self) -> Box<dyn Fn()>;
}

impl Press for Strong<Button> {
    fn press(&self) -> Box<dyn Fn()> {
        Box::new(weak!([self], move || drop(self)))
    }
}

fn main() {}
