use weakref::{WeakReferenceable, weak};

#[derive(WeakReferenceable)]
struct Button;

impl Button {
    fn press(&self) -> Box<dyn Fn()> {
        Box::new(weak!([this = self], move || drop(this)))
    }
}

fn main() {}
